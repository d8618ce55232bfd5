"""What ``aubench info PAPER`` says: the reference, and the tables that are kept."""

from __future__ import annotations

from collections.abc import Iterator

from aubench.cli.methods.info.protocol_lines import INDENT, hanging
from aubench.published import find_paper


def paper_lines(name: str) -> Iterator[str]:
    """Yield what is known of a paper, line by line."""
    paper = find_paper(name)
    yield f"{name}: {paper.title}"
    yield ""
    yield from hanging("reference", paper.reference, INDENT)
    for number, table in paper.tables.items():
        values = paper.values(number)
        protocols = ", ".join(sorted({value.protocol for value in values} - {""}))
        under = f", under {protocols}" if protocols else ""
        said = f"{table.caption} ({len(values)} numbers{under}): aubench table --paper"
        yield from hanging(f"table {number}", f"{said} {name}:{number}", INDENT)
        for printed, method in table.methods.items():
            yield from hanging("", f"{printed} is meant to be reproduced by {method}", INDENT)
