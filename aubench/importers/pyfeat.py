"""Py-Feat (Cheong et al., Affective Science 2023): ``AU01`` … ``AU43`` as probabilities.

A frame with several faces has several rows. ``input`` names the video or picture, so one file may
hold many. Frames count from 0.
"""

from aubench.importers.tool import Tool

TOOL = Tool(
    name="pyfeat",
    title="Py-Feat",
    intensity=r"AU(\d\d)",
    occurrence=r"AU(\d\d)",
    scale=1,
    score="FaceScore",
    video="input",
    trained_on=("disfa", "bp4d", "fera2015", "fera2017"),
)
