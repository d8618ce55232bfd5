"""What a survey finds, and the notebook that collects it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Literal

from aubench.errors import AubenchError

Weight = Literal["fault", "gap", "doubt"]
"""``fault``: ``aubench prepare`` stops at it. ``gap``: something is not there, but the rest can be
used. ``doubt``: it is there, and somebody should look at it."""

WEIGHTS: tuple[Weight, ...] = ("fault", "gap", "doubt")
"""The gravest first."""


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong, or may be.

    Attributes:
        weight: How grave.
        subject: Subject key; empty for the corpus as a whole.
        what: What is wrong.
        mend: What the user can do about it.
        path: The file or folder concerned; empty if none.
        line: The line in that file, from 1.
    """

    weight: Weight
    subject: str
    what: str
    mend: str
    path: str = ""
    line: int | None = None

    @property
    def where(self) -> str:
        """The file with the line, or else the subject."""
        return (f"{self.path}:{self.line}" if self.line else self.path) or self.subject

    def __str__(self) -> str:
        return " ".join(f"{self.weight}: {self.where}: {self.what}; {self.mend}".split())


@dataclass
class Notebook:
    """Findings about one subject, or with an empty ``subject`` about the corpus as a whole."""

    subject: str = ""
    findings: list[Finding] = field(default_factory=list)

    def fault(self, error: AubenchError) -> None:
        """Note an error at which ``aubench prepare`` would stop."""
        self._note("fault", error)

    def gap(self, error: AubenchError) -> None:
        """Note something that is missing."""
        self._note("gap", error)

    def doubt(self, error: AubenchError) -> None:
        """Note something that somebody should look at."""
        self._note("doubt", error)

    @contextmanager
    def collect_faults(self) -> Iterator[None]:
        """Note an error that ends the block as a fault; execution goes on after the block."""
        try:
            yield
        except AubenchError as error:
            self.fault(error)

    def _note(self, weight: Weight, error: AubenchError) -> None:
        path = "" if error.path is None else str(error.path)
        finding = Finding(weight, self.subject, error.what, error.mend, path, error.line)
        self.findings.append(finding)
