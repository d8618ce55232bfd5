"""How a picture is shrunk in a crop; for modules that must not import OpenCV."""

from typing import Literal

Sampling = Literal["mipmap", "supersampling"]
"""How a picture is shrunk, so that fine texture fades instead of aliasing.

``mipmap`` halves the picture, each new pixel the mean of four, until its pixels are less than
`aubench.crops.warp.FARTHEST` times as small as those of the crop, and samples it bilinearly.
``supersampling`` makes a whole multiple of the crop, no coarser than the picture, and averages it
down: it is several times as slow, and older packs, made before there was a choice, use it.
"""
