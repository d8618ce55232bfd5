"""What the prediction files of a tool look like, and which columns of a file are needed."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from aubench.action_units import column
from aubench.errors import AubenchError
from aubench.protocol import Coding


@dataclass(frozen=True)
class Tool:
    """How to read the files of one tool. Column names are compared without regard to case.

    Attributes:
        name: As typed after ``--from``.
        title: As printed.
        release: The release whose files this describes.
        intensity: Matches a column of intensities; its one group is the AU number. Empty if the
            tool estimates none.
        occurrence: The same for occurrence.
        packed: Task → the column that holds all its AUs in one cell; see `unpacked`.
        listed: The AUs of such a cell if it is a list.
        frame: Names that the column of the frame number may have.
        first_frame: The number that it gives to the first frame of a video; None = not known.
        pictures: True if it also writes a file per picture, which has no frame number.
        scale: Largest intensity that the tool can mean: 5, or 1 for a probability.
        score: The column that says how good a face is; the best of a frame's faces counts.
        success: The column that is 0 or False where no face was found.
        video: Names that the column of the video or picture may have.
        lenient: True if its files normally have frames that are not scored, several faces per
            frame and missing frames; otherwise these are errors.
        fill: What a frame counts as that it did not predict, if the user names nothing else: what
            the tool itself writes there, else 0, which most labels are; None = the frame is left
            out.
        trained_on: Corpora that its released models learned from, as far as is known.
        notes: What a reader of its score must know.
    """

    name: str
    title: str
    release: str = ""
    intensity: str = ""
    occurrence: str = ""
    packed: Mapping[Coding, str] = field(default_factory=dict)
    listed: tuple[int, ...] = ()
    frame: tuple[str, ...] = ("frame",)
    first_frame: Literal[0, 1] | None = None
    pictures: bool = False
    scale: Literal[1, 5] = 5
    score: str = ""
    success: str = ""
    video: tuple[str, ...] = ()
    lenient: bool = True
    fill: float | None = 0.0
    trained_on: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    def pattern(self, task: Coding) -> str:
        """The pattern of this task's columns."""
        return self.intensity if task == "intensity" else self.occurrence


@dataclass(frozen=True)
class FileColumns:
    """Which column of a file holds what.

    Attributes:
        aus: AU → its column.
        parts: ``frame``, ``subject``, ``session``, ``view``, ``fold``, ``score``, ``success``,
            ``video``, ``packed`` → its column, for those that there are.
    """

    aus: Mapping[int, str]
    parts: Mapping[str, str]

    @property
    def types(self) -> dict[str, Literal["number", "text"]]:
        """Column → how to read it, for every column that is needed."""
        texts = {"subject", "session", "fold", "success", "video", "packed"}
        found: dict[str, Literal["number", "text"]] = dict.fromkeys(self.aus.values(), "number")
        for part, name in self.parts.items():
            found[name] = "text" if part in texts else "number"
        return found


def lay_out(
    tool: Tool, header: Sequence[str], task: Coding, aus: Sequence[int], columns: Mapping[str, str]
) -> FileColumns:
    """Find the columns of a file.

    Args:
        tool: The tool that wrote it.
        header: Names of its columns.
        task: Whether intensities or occurrences are wanted.
        aus: Action Units wanted.
        columns: ``--columns``: an AU (``AU06``) or a part (``frame``, ``subject``) → its column.

    Raises:
        AubenchError: If there is no frame number, no AU at all, or a named column is missing.
    """
    known = {name.lower(): name for name in header}
    named = _named(columns, known)
    pattern = tool.pattern(task)
    places = {}
    for name in header:
        match = re.fullmatch(pattern, name, flags=re.IGNORECASE) if pattern else None
        if match:
            places[int(match[1])] = name
    places |= {au: named[column(au)] for au in aus if column(au) in named}
    parts = {
        "frame": _first(tool.frame, known),
        "score": known.get(tool.score.lower(), ""),
        "success": known.get(tool.success.lower(), ""),
        "video": _first(tool.video, known),
        "packed": known.get(tool.packed.get(task, ""), ""),
        **{part: known.get(part, "") for part in ("subject", "session", "view", "fold")},
    }
    parts |= {part: name for part, name in named.items() if part in parts}
    if not (parts["frame"] or tool.pictures):
        raise AubenchError(
            f"no column {' or '.join(tool.frame)}",
            mend="name the column of the frame number: --columns frame=NAME",
        )
    found = {au: places[au] for au in aus if au in places}
    if not found and not parts["packed"]:
        raise AubenchError(
            f"no column of {tool.title} for {task} of any AU wanted",
            mend="name the columns (--columns AU06=NAME,…) or another tool (--from)",
        )
    return FileColumns(found, {part: name for part, name in parts.items() if name})


def _first(names: Sequence[str], known: Mapping[str, str]) -> str:
    """The first of ``names`` that the file has, as its header spells it; else empty."""
    return next((known[name] for name in names if name in known), "")


def _named(columns: Mapping[str, str], known: Mapping[str, str]) -> dict[str, str]:
    """``--columns`` with AUs and parts in one spelling, and columns as the header has them."""
    found = {}
    for part, name in columns.items():
        if name.strip().lower() not in known:
            raise AubenchError(
                f"no column {name!r}, which --columns names for {part}",
                mend=f"the file has {', '.join(list(known.values())[:8])}, …",
            )
        match = re.fullmatch(r"au_?(\d+)", part.strip(), flags=re.IGNORECASE)
        key = column(int(match[1])) if match else part.strip().lower()
        found[key] = known[name.strip().lower()]
    return found
