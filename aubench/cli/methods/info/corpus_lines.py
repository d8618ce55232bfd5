"""What ``aubench info CORPUS`` says: what a corpus codes, and how its reader is set."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from aubench.cli.methods.info.protocol_lines import INDENT, hanging
from aubench.cli.methods.info.setting_lines import meanings_table
from aubench.corpora.corpus import Corpus
from aubench.registry import find, plugins, protocols_of


def corpus_lines(name: str) -> Iterator[str]:
    """Yield what is known of a corpus, line by line."""
    kind: type[Corpus] = find("corpora", name)
    yield f"{name}: {kind.summary}"
    yield ""
    yield from hanging("subjects", f"keyed {kind.name}/ID", INDENT)
    yield from hanging("intensity", _aus(kind.aus), INDENT)
    yield from hanging("occurrence", _aus(kind.occurrence), INDENT)
    yield from hanging("protocols", ", ".join(protocols_of(kind.name)) or "none", INDENT)
    twin = "yes, made where there is no pack" if kind.name in plugins("twins") else "none"
    yield from hanging("twin", twin, INDENT)
    yield from hanging("prepare", f"aubench prepare {name} SOURCE DEST", INDENT)
    yield ""
    yield "settings of its reader (aubench prepare --set KEY=VALUE)"
    yield ""
    yield meanings_table(kind.Settings)


def _aus(aus: Sequence[int]) -> str:
    """The Action Units of a coding."""
    return f"AUs {' '.join(map(str, aus))} ({len(aus)})" if aus else "not coded"
