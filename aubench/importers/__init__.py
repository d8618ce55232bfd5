"""Importers: other tools' prediction files, joined to a protocol's frames by key."""

from aubench.importers import generic, libreface, openface, openface3, pyafar, pyfeat

TOOLS = {
    tool.name: tool
    for tool in (
        generic.CSV,
        generic.PARQUET,
        openface.TOOL,
        openface3.TOOL,
        pyfeat.TOOL,
        libreface.TOOL,
        pyafar.TOOL,
    )
}
"""Every tool by the name after ``--from``."""
