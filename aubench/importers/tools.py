"""Every tool whose prediction files can be scored, by the name after ``--from``."""

from __future__ import annotations

from aubench.importers.tool import Tool

_DISFA_AND_BP4D = ("disfa", "bp4d", "fera2015", "fera2017")

TOOLS: dict[str, Tool] = {
    tool.name: tool
    for tool in (
        # Tables of anybody's: the key columns (or one file per video), and one column per AU
        # (AU06). A frame that is missing, doubled or not tested is an error.
        *(
            Tool(
                name=name,
                title=title,
                intensity=r"AU_?(\d+)",
                occurrence=r"AU_?(\d+)",
                lenient=False,
            )
            for name, title in (("csv", "CSV"), ("parquet", "Parquet"))
        ),
        # Baltrušaitis et al., FG 2018: one CSV per video. Intensities are AU01_r … AU45_r,
        # occurrences AU01_c …; AU28 has no intensity. Other columns contain _r too, headers may
        # start with a space, and a row whose success is 0 holds zeros that were not estimated.
        # Negative intensities occur.
        Tool(
            name="openface",
            title="OpenFace 2",
            intensity=r"AU(\d\d)_r",
            occurrence=r"AU(\d\d)_c",
            score="confidence",
            success="success",
            trained_on=_DISFA_AND_BP4D,
        ),
        # Tab-separated; one column action_units holds a list of eight probabilities. Doubt: the
        # tool does not name the eight. We read them as the eight AUs of DISFA's detection
        # protocols; readers of its training code have come to another order.
        Tool(
            name="openface3",
            title="OpenFace 3",
            frame=("frame", "frame_number", "frame_id", "frame_idx"),
            scale=1,
            score="confidence",
            listed=(1, 2, 4, 6, 9, 12, 25, 26),
            trained_on=("disfa",),
            notes=("OpenFace 3 does not name its eight AUs: read as 1, 2, 4, 6, 9, 12, 25, 26",),
        ),
        # Cheong et al., Affective Science 2023: AU01 … AU43 are probabilities. A frame with
        # several faces has several rows. The column input names the video or picture, so one file
        # may hold many. Frames count from 0.
        Tool(
            name="pyfeat",
            title="Py-Feat",
            intensity=r"AU(\d\d)",
            occurrence=r"AU(\d\d)",
            scale=1,
            score="FaceScore",
            video="input",
            trained_on=_DISFA_AND_BP4D,
        ),
        # Chang et al., WACV 2024: au_1_intensity … are 0–5, and au_1 … are 0 or 1. Only its video
        # mode writes one column per AU; the image mode stores them in one cell.
        Tool(
            name="libreface",
            title="LibreFace",
            intensity=r"au_(\d+)_intensity",
            occurrence=r"au_(\d+)",
            frame=("frame_idx", "frame"),
            trained_on=_DISFA_AND_BP4D,
        ),
        # Hinduja et al., ACIIW 2023: Int_au_6 … are 0–5, Occ_au_1 … are likelihoods. Frames
        # without a face are absent, and a frame with several people has several rows; the file
        # does not say which face is the better one, so the first counts.
        Tool(
            name="pyafar",
            title="PyAFAR",
            intensity=r"Int_au_(\d+)",
            occurrence=r"Occ_au_(\d+)",
            trained_on=("bp4d", "fera2015", "fera2017"),
        ),
    )
}
"""Tools by name, in the order of the help text.

``trained_on`` names corpora that a tool's released models learned from, as far as is known.
"""
