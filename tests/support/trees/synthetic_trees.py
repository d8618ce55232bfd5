"""Synthetic corpora for tests: written by ``aubench synth``, read back from disk."""

from pathlib import Path

from click.testing import CliRunner, Result

from aubench.cli.corpora.synth import command


def synth(*arguments: object) -> Result:
    """``aubench synth`` with these arguments, which must succeed; its exceptions are raised."""
    found = CliRunner().invoke(command, [*map(str, arguments)])
    if found.exception and not isinstance(found.exception, SystemExit):
        raise found.exception
    assert found.exit_code == 0, found.output
    return found


def contents(root: Path) -> dict[str, bytes]:
    """Path below ``root`` → bytes of every file, sorted."""
    files = sorted(p for p in root.rglob("*") if p.is_file())
    return {str(p.relative_to(root)): p.read_bytes() for p in files}


def rows(path: Path) -> list[list[int]]:
    """The integers of a comma-separated file."""
    return [[int(cell) for cell in line.split(",")] for line in path.read_text().splitlines()]
