"""One line for the user about what was found and is being dealt with."""

from __future__ import annotations

import logging
from functools import cache


@cache
def notice(line: str) -> None:
    """Say a line once in the life of the process.

    It goes to the logger ``aubench``, which writes to stderr unless a program says otherwise.
    """
    logging.getLogger("aubench").warning("%s", line)
