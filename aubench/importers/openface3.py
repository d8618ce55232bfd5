"""OpenFace 3: tab-separated, one column ``action_units`` with a list of eight probabilities.

**Doubt:** the tool does not name the eight. We read them as AUs 1, 2, 4, 6, 9, 12, 25, 26, the
eight of DISFA's detection protocols; readers of its training code have come to another order.
"""

from aubench.importers.tool import Tool

TOOL = Tool(
    name="openface3",
    title="OpenFace 3",
    frame=("frame", "frame_number", "frame_id", "frame_idx"),
    scale=1,
    score="confidence",
    listed=(1, 2, 4, 6, 9, 12, 25, 26),
    trained_on=("disfa",),
    notes=("OpenFace 3 does not name its eight AUs: read as 1, 2, 4, 6, 9, 12, 25, 26",),
)
