"""PyAFAR (Hinduja et al., ACIIW 2023): ``Int_au_6`` …, 0–5, and ``Occ_au_1`` …, a likelihood.

Frames without a face are absent, and a frame with several people has several rows; the file does
not say which face is the better one, so the first counts.
"""

from aubench.importers.tool import Tool

TOOL = Tool(
    name="pyafar",
    title="PyAFAR",
    intensity=r"Int_au_(\d+)",
    occurrence=r"Occ_au_(\d+)",
    trained_on=("bp4d", "fera2015", "fera2017"),
)
