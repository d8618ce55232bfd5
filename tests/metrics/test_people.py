"""Scores of single people, by hand and through ``aubench score --by subject``'s lines."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from aubench.cli.results.score_lines import breakdown_lines
from aubench.importers.evaluate import Submission, evaluate
from aubench.importers.tools import TOOLS
from aubench.metrics import METRICS, grouped
from aubench.metrics.people import person_summaries
from support import small_corpus as small


def test_undefined_aus_of_a_person_do_not_count() -> None:
    """The second person never shows the second AU, whose F1 is then undefined for them."""
    y = np.array([[1.0, 1.0], [0.0, 1.0], [1.0, 0.0], [1.0, 0.0]])
    p = np.array([[1.0, 1.0], [1.0, 0.0], [1.0, 0.0], [1.0, 0.0]])
    m = grouped(y, p, np.array([0, 0, 1, 1]), 2, occurrence=True)
    found = person_summaries(m, METRICS["f1"])
    own = np.array([[2 / 3, 2 / 3, 2 / 3], [1, np.nan, 1]])  # the third is the mean of the defined
    np.testing.assert_allclose(found["median"], np.nanmedian(own, axis=0))
    np.testing.assert_allclose(found["worst tenth"], [2 / 3 + 0.1 / 3, 2 / 3, 2 / 3 + 0.1 / 3])


def test_an_au_that_is_defined_for_nobody_is_undefined() -> None:
    zeros = np.zeros((4, 1))
    found = person_summaries(grouped(zeros, zeros, np.array([0, 0, 1, 1]), 2), METRICS["icc"])
    assert np.isnan(found["median"]).all() and np.isnan(found["worst tenth"]).all()


def test_they_stand_below_the_subjects(tmp_path: Path) -> None:
    small.table().to_parquet(tmp_path / "p.parquet")
    submission = Submission(tmp_path / "p.parquet", TOOLS["parquet"], "it")
    record, _ = evaluate(submission, small.PROTOCOL, small.pack(), tmp_path / "runs")
    lines = breakdown_lines(record, "subject", "mae")
    own = np.abs(small.labels() - small.predicted())
    person = small.index()["subject"].to_numpy()
    each = np.array([own[person == name].mean() for name in small.SUBJECTS])
    assert lines[-2].split()[0] == "median"
    assert float(lines[-2].split()[-1]) == round(np.median(each), 3)
    assert lines[-1].split()[:2] == ["worst", "tenth"]
    assert float(lines[-1].split()[-1]) == round(np.quantile(each, 0.9), 3)
    assert not any("worst" in line for line in breakdown_lines(record, "fold", "mae"))
