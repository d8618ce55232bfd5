"""What DISFA's files are called, whichever folders a laboratory has put them in."""

from __future__ import annotations

import re
from typing import Literal

Camera = Literal["left", "right"]

_WORD = (
    r"(?:left|right|[lr](?![a-z])|videos?|cameras?|cam|comp(?:ressed)?|disfa|conv(?:erted)?|"
    r"[hx]26[45]|orig(?:inal)?|[0-9]+fps)"
)
_STEM = rf"(?:{_WORD}[ ._-]*)*(?:sn[0-9]{{3}})?(?:[ ._-]*{_WORD})*"

_ENDING = r"\.(?:avi|mp4|m4v|mkv|mov|mpe?g|wmv|webm)"

VIDEO = re.compile(_STEM + _ENDING, re.IGNORECASE)
"""``LeftVideoSN001_comp.avi``, ``SN001_left.mp4``, ``SN001.avi``; in a subject's folder,
``left.avi``."""

_VIDEO_FILE = re.compile(".*" + _ENDING, re.IGNORECASE)

LABEL = re.compile(r"(?:sn[0-9]{3}[ _-]*)?au[ _-]?0*([0-9]+)\.(?:txt|csv)", re.IGNORECASE)
"""``SN001_au1.txt``; ``au1.txt`` in a folder called by the subject."""

MAT = re.compile(r"(?:(sn[0-9]{3})[ _-]?|l)([0-9]+)(?:[ _-]lm)?\.mat", re.IGNORECASE)
"""``SN001_0000_lm.mat`` or ``l0001_lm.mat``."""

PICTURE = re.compile(r"(.*?)([0-9]{1,9})\.(?:jpe?g|png|bmp|tiff?|webp)", re.IGNORECASE)
"""``00001.jpg``, ``frame_0001.png``: what stands before the number, and the number."""

ARCHIVE = re.compile(r".*\.(?:zip|rar|7z|tar|tgz|gz|bz2|xz)", re.IGNORECASE)

_NO_PICTURE = re.compile(r".*au[ _-]?", re.IGNORECASE)
"""What stands before the number of a plot of labels: ``SN001_au1.png``."""

_MADE = re.compile(
    r"align|crop|mask|flow|heat|thumb|overlay|plot|figure|debug|openface|predict|augment", re.I
)
"""What a folder is called that holds pictures made of the corpus's."""

_SUBJECT = re.compile(r"sn[0-9]{3}(?![0-9])", re.IGNORECASE)
_SIDE = re.compile(
    r"(?<!copy)(r)ight|(l)eft(?!over)|(?<![a-z0-9])([lr])(?![a-z0-9])", re.IGNORECASE
)


def subject_named(name: str) -> str | None:
    """Return the one subject that a file or folder is called by, ``SN001``; None if none or two."""
    found = {match.upper() for match in _SUBJECT.findall(name)}
    return found.pop() if len(found) == 1 else None


def camera_named(names: tuple[str, ...]) -> Camera | None:
    """Return the camera that the first of ``names`` to say one side says; None if none does."""
    for name in names:
        sides = {"".join(found).lower() for found in _SIDE.findall(name)}
        if len(sides) == 1:
            return "left" if sides == {"l"} else "right"
    return None


def other_camera(camera: Camera) -> Camera:
    """Return the one that is not ``camera``."""
    return "right" if camera == "left" else "left"


def is_video_file(name: str) -> bool:
    """Return whether a file has the ending of a video, whatever it is called."""
    return _VIDEO_FILE.fullmatch(name) is not None


def is_picture(name: str, folders: tuple[str, ...]) -> bool:
    """Return whether a file may be one of the corpus's own pictures, judged by names.

    Args:
        name: The file's.
        folders: Those that it lies in, below the source.
    """
    match = PICTURE.fullmatch(name)
    return bool(
        match and not _NO_PICTURE.fullmatch(match[1]) and not any(map(_MADE.search, folders))
    )


def is_ours(name: str) -> bool:
    """Return whether a file is called as one of DISFA's, or as a picture of its videos."""
    return any(kind.fullmatch(name) for kind in (MAT, PICTURE, LABEL, VIDEO))


def is_hidden(name: str) -> bool:
    """Return whether a file or folder is a system's own: ``.git``, ``__MACOSX``."""
    return name.startswith((".", "$")) or name == "__MACOSX"
