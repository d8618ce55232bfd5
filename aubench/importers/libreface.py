"""LibreFace (Chang et al., WACV 2024): ``au_1_intensity`` …, 0–5, and ``au_1`` …, 0 or 1.

Only its video mode writes one column an AU; the image mode stores them in one cell.
"""

from aubench.importers.tool import Tool

TOOL = Tool(
    name="libreface",
    title="LibreFace",
    intensity=r"au_(\d+)_intensity",
    occurrence=r"au_(\d+)",
    frame=("frame_idx", "frame"),
    trained_on=("disfa", "bp4d", "fera2015", "fera2017"),
)
