"""``aubench study sensitivity``: scores against the values of a setting."""

from __future__ import annotations

from pathlib import Path

import pytest

from aubench.errors import AubenchError
from aubench.evaluation.records import Score
from aubench.figures.files import FigureFiles
from aubench.figures.study.curves import Chart, Curve, write
from aubench.figures.style import SYNTHETIC
from support.studied import TWIN, Call, figure_rows, kept_scores, scores_of, trained_folder


def test_sensitivity_is_made_of_ordinary_runs(
    call: Call, svr: Path, base: Path, pack: Path
) -> None:
    study = ("study", "sensitivity", "c", "--method", "geometric-svr", *TWIN, "--results")
    arguments = (base / "runs", "--values", "0.1,10", "--out", base / "s")
    said = call(*study, *arguments)
    assert "c=0.1" in said
    assert f"c=10.0: {svr} (done before)" in said
    found = figure_rows(base / "s")
    assert scores_of(found, "c", 10) == kept_scores(svr)
    other = trained_folder(base / "runs", "0.1")
    assert scores_of(found, "c", 0.1) == kept_scores(other)
    again = call(*study, *arguments, "--dry-run")
    assert "to do" not in again
    assert again.count("done before") == 2
    assert "done before" in call(
        "run", "--method", "geometric-svr", *TWIN, "--results", base / "runs", "--set", "c=0.1"
    )


def test_values_that_are_words_stand_in_their_order(tmp_path: Path) -> None:
    words = ("row", "none", "symmetric")
    scores = {
        float(n): {"icc": Score(values=(v,), mean=v, intervals=(None,), mean_interval=None)}
        for n, v in ((0, 0.1), (1, None), (2, 0.3))
    }
    chart = Chart("t", (SYNTHETIC,), "a", "a", "icc", (12,), [Curve("g2rl", scores)], words)
    write(chart, FigureFiles.named(tmp_path / "w"))
    found = [(row["a"], row["au"], row["score"]) for row in figure_rows(tmp_path / "w")]
    assert found[::2] == [
        ("row", "AU12", "0.1"),
        ("none", "AU12", ""),
        ("symmetric", "AU12", "0.3"),
    ]


def test_the_papers_values_are_those_of_fan_and_lin(call: Call, tmp_path: Path) -> None:
    study = ("study", "sensitivity", "--method", "g2rl", *TWIN, "--results", tmp_path, "--dry-run")
    said = call(*study, "sigma")
    sigmas = [float(line.split("=")[1].split(":")[0]) for line in said.splitlines()]
    assert [round(sigma**2, 9) for sigma in sigmas] == [0.2, 0.5, 1, 2, 5]
    said = call(*study, "lam", "--set", "sigma=1")
    lams = [float(line.split("=")[1].split(":")[0]) for line in said.splitlines()]
    assert lams == [0.005, 0.01, 0.05, 0.1, 0.5]
    assert not list(tmp_path.iterdir())


def test_sensitivity_says_what_it_lacks(call: Call, tmp_path: Path) -> None:
    study = ("study", "sensitivity", "--method", "geometric-svr", *TWIN, "--results", tmp_path)
    with pytest.raises(AubenchError, match="which values of c"):
        call(*study, "c")
    with pytest.raises(AubenchError, match="no setting 'sigma'"):
        call(*study, "sigma", "--values", "1")
    with pytest.raises(AubenchError, match="--set c=3, which is what the study changes"):
        call(*study, "c", "--values", "1", "--set", "c=3")
    assert not list(tmp_path.iterdir())
