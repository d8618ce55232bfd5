"""OpenFace 2 (Baltrušaitis et al., FG 2018): one CSV a video.

Intensities are ``AU01_r`` … ``AU45_r``, occurrences ``AU01_c`` …; ``AU28`` has no intensity. Other
columns contain ``_r`` too, headers may start with a space, and a row whose ``success`` is 0 holds
zeros that nobody estimated. Negative intensities occur.
"""

from aubench.importers.tool import Tool

TOOL = Tool(
    name="openface",
    title="OpenFace 2",
    intensity=r"AU(\d\d)_r",
    occurrence=r"AU(\d\d)_c",
    score="confidence",
    success="success",
    trained_on=("disfa", "bp4d", "fera2015", "fera2017"),
)
