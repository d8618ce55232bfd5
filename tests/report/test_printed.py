"""How far a run is from what its paper prints."""

from __future__ import annotations

from pathlib import Path

from aubench.protocol import Protocol
from aubench.registry import find
from aubench.report.papers.printed import printed_lines
from support.make_records import make_record

DISFA: Protocol = find("protocols", "disfa3fold")


def test_a_run_stands_beside_the_average_that_its_paper_prints(tmp_path: Path) -> None:
    record = make_record(tmp_path, DISFA, "adapt", (0.55,) * 12)
    # Ntinou et al. 2020, Table 2, row "Adaptation layers", average of the 12 AUs: .57
    (line,) = [line for line in printed_lines(record) if line.startswith("ICC(3,1)")]
    assert line == (
        "ICC(3,1): 0.57 printed (ntinou2020:2,4, Adaptation layers), 0.550 here (-0.020)"
    )


def test_a_run_of_some_folds_says_so(tmp_path: Path) -> None:
    record = make_record(tmp_path, DISFA, "adapt", (0.55,) * 12)
    few = record.coverage.model_copy(update={"predicted": record.coverage.predicted - 1})
    lines = list(printed_lines(record.model_copy(update={"coverage": few})))
    assert lines and all(line.endswith(", of some frames only") for line in lines)


def test_a_method_of_no_paper_stands_alone(tmp_path: Path) -> None:
    assert list(printed_lines(make_record(tmp_path, DISFA, "mean", (0.0,) * 12))) == []
