"""Which files of a folder are tables of predictions."""

from __future__ import annotations

from pathlib import Path

from aubench.errors import AubenchError

SUFFIXES = (".csv", ".tsv", ".txt", ".parquet")

_NO_TABLE = "_of_details.txt"
"""OpenFace 2 writes NAME_of_details.txt, its settings, beside every NAME.csv."""


def tables_in(path: Path) -> list[Path]:
    """The file itself, or every table below the folder, in path order."""
    if not path.exists():
        raise AubenchError("no such file or folder", mend="check the path", path=path)
    if path.is_file():
        return [path]
    files = [
        file
        for file in sorted(path.rglob("*"))
        if file.suffix.lower() in SUFFIXES and not file.name.endswith(_NO_TABLE) and file.is_file()
    ]
    if not files:
        raise AubenchError(f"no {', '.join(SUFFIXES)} in it", mend="check the folder", path=path)
    return files
