"""The folder of a finished run, or what stands there instead."""

from __future__ import annotations

from pathlib import Path

from aubench.errors import AubenchError, nearest

RECORD = "record.json"
"""Written last: a run without it is not finished."""

DEEPEST = 3
"""Folders between the results of all runs and one run: protocol, method, id."""

SHOWN = 5
"""Number of runs that an error names."""


def run_folder(path: Path) -> Path:
    """The folder of a finished run, given that folder or a file in it.

    Raises:
        AubenchError: If no finished run is there: with the runs below it, or what is there instead.
    """
    folder = path if path.is_dir() else path.parent
    if path.exists() and (folder / RECORD).is_file():
        return folder
    what, mend = _instead(path)
    raise AubenchError(what, mend=mend, path=path)


def _instead(path: Path) -> tuple[str, str]:  # noqa: PLR0911  # a line per kind of mistake
    """What is at ``path`` instead of a finished run, and how to mend it."""
    ask = "name the folder of a run: runs/PROTOCOL/METHOD/ID"
    if not path.exists():
        siblings = (each.name for each in path.parent.iterdir()) if path.parent.is_dir() else ()
        near = nearest(path.name, siblings)
        mend = f"did you mean {path.parent / near}?" if near else ask
        return "no finished run: no such folder", mend
    if path.is_file():
        return "no finished run, but a file", ask
    if (path / "manifest.json").is_file():
        return "a pack, not a run", ask
    if (path.parent / RECORD).is_file():
        return "no finished run, but a part of one", f"name {path.parent}"
    if any(path.glob("fold-*")):
        done = len(list(path.glob("fold-*/fold.json")))
        what = f"a run that is not finished ({done} folds are)"
        return what, "repeat the 'aubench run' that began it, or give it --partial"
    below = [path.glob("/".join(("*",) * depth) + f"/{RECORD}") for depth in range(1, DEEPEST + 1)]
    if runs := sorted(record.parent for found in below for record in found):
        more = f" … {len(runs)} in all" if len(runs) > SHOWN else ""
        named = " or ".join(map(str, runs[:SHOWN]))
        return "no finished run, but runs are below it", f"did you mean {named}{more}?"
    return "no finished run" + ("" if any(path.iterdir()) else ": an empty folder"), ask
