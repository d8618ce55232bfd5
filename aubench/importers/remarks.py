"""Remarks that a record keeps beside an imported score."""

from __future__ import annotations

import numpy as np

from aubench.action_units import MAX_INTENSITY
from aubench.evaluation.align import AlignedPredictions, counted
from aubench.importers.load import Importer
from aubench.importers.tool import Tool
from aubench.protocol import Protocol


def remarks(importer: Importer, aligned: AlignedPredictions) -> tuple[str, ...]:
    """What a reader of the score must know, one line each."""
    tool, lines = importer.tool, []
    if aligned.outside:
        lines.append(f"{counted(aligned.outside, 'row')} of frames that are not scored")
    if aligned.doubled:
        chosen = f"the one of highest {tool.score}" if tool.score else "the first"
        found = f" with {tool.success}" if tool.success else ""
        lines.append(
            f"{counted(aligned.doubled, 'row')} of further faces in a frame: {chosen}{found} counts"
        )
    if importer.failed:
        lines.append(f"{counted(importer.failed, 'row')} with {tool.success} = 0: not predicted")
    lines += importer.extents.remarks()
    lines += scale_remarks(aligned, tool, importer.protocol)
    seen = sorted(set(tool.trained_on) & set(importer.protocol.corpora))
    if seen:
        lines.append(f"{tool.title} learned from {' and '.join(seen)}: it may know these people")
    return (*lines, *tool.notes)


def scale_remarks(aligned: AlignedPredictions, tool: Tool, protocol: Protocol) -> list[str]:
    """Warnings about values whose scale cannot be that of the labels."""
    values = aligned.all_values()
    if np.isnan(values).all():
        return []
    low, high = float(np.nanmin(values)), float(np.nanmax(values))
    lines = []
    if protocol.task == "occurrence":
        if low < 0 or high > 1:
            lines.append(
                f"values from {low:g} to {high:g} are no probabilities: F1 and accuracy take "
                "0.5 and above as present"
            )
        return lines
    if tool.scale == 1 or 0 < high <= 1:
        lines.append(
            f"WRONG SCALE? values from {low:g} to {high:g} look like probabilities, and the "
            f"labels are intensities 0–{MAX_INTENSITY:g}"
        )
    elif high > 2 * MAX_INTENSITY:
        lines.append(f"WRONG SCALE? values reach {high:g}, and the labels 0–{MAX_INTENSITY:g}")
    if low < 0:
        lines.append(f"{counted(int((values < 0).sum()), 'value')} below 0, scored as they are")
    return lines
