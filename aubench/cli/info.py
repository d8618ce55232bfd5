"""``aubench info``: a protocol, exactly."""

from __future__ import annotations

from pathlib import Path

import click

from aubench.protocol import Protocol
from aubench.registry import find

CONFIDENCE = {
    "H": "confirmed by two sources or recomputed",
    "M": "one good source",
    "L": "unconfirmed",
}


@click.command()
@click.argument("protocol")
@click.option("--pack", type=click.Path(path_type=Path), help="Say what is missing from this pack.")
def command(protocol: str, pack: Path | None) -> None:
    """Show PROTOCOL exactly: subjects per role and fold, AUs, counts, pooling, source, hash."""
    found: Protocol = find("protocols", protocol)
    click.echo("\n".join(describe(found)))
    if pack is not None:
        click.echo("\n".join(("", *compare(found, pack))))


def describe(protocol: Protocol) -> list[str]:
    """Everything that ``protocol`` says, in lines."""
    facts = {
        "task": protocol.task
        + ("" if protocol.threshold is None else f", present at {protocol.threshold} or above"),
        "corpora": ", ".join(protocol.corpora),
        "AUs": f"{' '.join(map(str, protocol.aus))} ({len(protocol.aus)})",
        "frames": {
            "all": "all that are labelled",
            "errlog": "without those of the corpus's error log",
        }[protocol.frames],
        "scored": f"{sum(protocol.counts.values()):,} frames" if protocol.counts else "no count",
        "pooling": "one score over the out-of-fold predictions of all folds",
        "missing": "a label that is missing is masked for its AU only, and counted",
        "ranked by": protocol.rank_by,
        "source": protocol.source,
        "confidence": CONFIDENCE[protocol.confidence],
        "hash": protocol.hash,
    }
    lines = [f"{protocol.name}: {protocol.title}", ""]
    lines += [f"{name:<11} {fact}" for name, fact in facts.items()]
    lines += [f"{'note':<11} {note}" for note in protocol.notes]
    for fold in protocol.folds:
        lines += ["", f"fold {fold.name}"]
        for role in ("train", "valid", "test"):
            lines += [_role(role, getattr(fold, role), protocol)]
    return lines


def _role(role: str, subjects: tuple[str, ...], protocol: Protocol) -> str:
    """One line: how many subjects, which, and how many frames they have."""
    frames = sum(protocol.counts.get(subject, 0) for subject in subjects)
    counted = f", {frames:,} frames" if frames else ""
    return f"  {role:<5} {len(subjects)} subjects{counted}: {' '.join(subjects)}"


def compare(protocol: Protocol, folder: Path) -> list[str]:
    """What a run on the pack in ``folder`` would be called, and what the pack lacks."""
    from aubench.corpora.pack import Pack
    from aubench.coverage import check_pack

    pack = Pack.open(folder)
    manifest = pack.manifest
    status, problems = check_pack(protocol, pack.index, manifest.aus, manifest.synthetic)
    lacks = [f"  {problem}" for problem in problems] or ["  nothing is missing"]
    return [f"pack {folder}: {status}", *lacks]
