"""``aubench study sensitivity``: scores against the values of a setting."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from aubench import registry
from aubench.cli import cli
from aubench.errors import AubenchError
from aubench.evaluation.records import Score
from aubench.figures.files import FigureFiles
from aubench.figures.study.curves import Chart, Curve, write
from aubench.figures.style import SYNTHETIC
from aubench.synthetic.twin import TwinOptions, twin
from support.plugins import install
from support.studied import TWIN, Call, figure_rows, kept_scores, scores_of, trained_folder

DIAL = """
from dataclasses import dataclass
import numpy as np
from aubench.method import Fitted, Method, Predictor

VALIDATED = {1: 0.2, 2: 0.4, 3: 0.3}

class Guess(Predictor):
    def estimate(self, frames):
        rng = np.random.default_rng(self.turn)
        return rng.random((len(frames), len(self.aus)))
    def save(self, folder):
        pass

class Dial(Method):
    summary = "Guesses, and says what it is told to of validation."
    @dataclass(frozen=True)
    class Settings:
        turn: int = 1
    def fit(self, train, valid, run):
        found = Guess()
        found.turn, found.aus = self.settings.turn, run.aus
        found.train_subjects = tuple(train.keys["subject"].unique())
        fold = int(run.folder.name.removeprefix("fold-"))
        if found.turn in VALIDATED:
            found.fitted = Fitted(valid_icc=VALIDATED[found.turn] + (0, 0.01, 0.05)[fold])
        return found
    def load(self, folder, run):
        raise NotImplementedError
"""


@pytest.fixture
def dial(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A plug-in whose validation ICC is known; the folder that it lies in."""
    install(tmp_path / "site", "dials", "[aubench.methods]\ndial = dial:Dial\n", {"dial": DIAL})
    monkeypatch.syspath_prepend(tmp_path / "site")
    registry.plugins.cache_clear()
    yield tmp_path / "site"
    registry.plugins.cache_clear()


def sweeps(results: Path) -> dict[int, str | None]:
    """Value of ``turn`` → what its record says it was made for."""
    found = [json.loads(path.read_text()) for path in results.rglob("record.json")]
    return {each["method"]["settings"]["turn"]: each["sweep"] for each in found}


def test_validation_chooses_and_nothing_is_ranked(
    call: Call, dial: Path, pack: Path, tmp_path: Path
) -> None:
    results = ("--results", tmp_path / "runs")
    study = ("study", "sensitivity", "turn", "--method", "dial", *TWIN, *results)
    said = call(*study, "--values", "1,2,3", "--out", tmp_path / "s")
    assert "dial turn=1: validation ICC 0.220, test ICC(3,1) " in said
    assert "dial turn=2: validation ICC 0.420, test ICC(3,1) " in said
    assert "dial: validation chooses turn=2\n" in said
    rows = figure_rows(tmp_path / "s")
    found = {r["turn"]: (r["au"], float(r["score"])) for r in rows if r["metric"] == "valid_icc"}
    assert found == {
        f"{turn}.0": ("mean", pytest.approx(icc + 0.02))
        for turn, icc in ((1, 0.2), (2, 0.4), (3, 0.3))
    }
    assert sweeps(tmp_path / "runs") == dict.fromkeys((1, 2, 3), "turn")
    table = ["table", "--protocol", "disfa3fold", "--results", str(tmp_path / "runs")]
    done = CliRunner().invoke(cli, table, catch_exceptions=False)
    assert "dial" not in done.stdout
    assert done.stderr.startswith("left out, runs of sweeps: 3 of turn; 'aubench study sens")


def test_a_run_that_is_wanted_for_itself_is_ranked_and_not_trained_again(
    call: Call, dial: Path, pack: Path, tmp_path: Path
) -> None:
    results = ("--results", tmp_path / "runs")
    ran = ("run", "--method", "dial", *TWIN, *results)
    study = ("study", "sensitivity", "turn", "--method", "dial", *TWIN, *results)
    call(*ran, "--set", "turn=3")
    said = call(*study, "--values", "1,3", "--out", tmp_path / "s")
    assert re.findall(r"turn=(\d): .*\((.* .*)\)", said) == [("1", "to do"), ("3", "done before")]
    assert sweeps(tmp_path / "runs") == {1: "turn", 3: None}
    table = call("table", "--protocol", "disfa3fold", *results)
    assert table.count("dial") == 1

    assert "done before" in call(*ran, "--set", "turn=1")
    assert sweeps(tmp_path / "runs") == {1: None, 3: None}
    call(*study, "--values", "1,3", "--out", tmp_path / "s")
    assert sweeps(tmp_path / "runs") == {1: None, 3: None}
    table = call("table", "--protocol", "disfa3fold", *results)
    assert "dial (turn=1)" in table
    assert "dial (turn=3)" in table


def test_without_validation_of_every_value_nothing_is_chosen(
    call: Call, dial: Path, pack: Path, tmp_path: Path
) -> None:
    study = ("study", "sensitivity", "turn", "--method", "dial", *TWIN)
    said = call(*study, "--results", tmp_path, "--values", "2,7", "--out", tmp_path / "s")
    assert "dial turn=7: validation ICC not said, test ICC(3,1) " in said
    assert "dial: no validation ICC of every value, so nothing to choose turn by" in said


def test_the_test_never_chooses() -> None:
    tested = {
        place: {"icc": Score(values=(score,), mean=score)}
        for place, score in ((0.1, 0.9), (1.0, 0.2), (10.0, 0.5))
    }
    assert Curve("it", tested, {0.1: 0.1, 1.0: 0.3, 10.0: 0.2}).chosen == 1.0
    assert Curve("it", tested, {0.1: 0.1, 1.0: 0.3}).chosen is None
    assert Curve("it", tested).chosen is None


def test_sensitivity_is_made_of_runs_like_any_other(
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


def test_the_papers_values_are_those_of_fan_and_lin(
    call: Call, tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AUBENCH_CACHE", str(cache))
    twin("disfa", TwinOptions(size=64, frames=6))  # a dry run makes none
    study = ("study", "sensitivity", "--method", "g2rl", *TWIN, "--results", tmp_path, "--dry-run")
    said = call(*study, "sigma")
    sigmas = [float(line.split("=")[1].split(":")[0]) for line in said.splitlines()]
    assert [round(sigma**2, 9) for sigma in sigmas] == [0.2, 0.5, 1, 2, 5]
    said = call(*study, "lam", "--set", "sigma=1")
    lams = [float(line.split("=")[1].split(":")[0]) for line in said.splitlines()]
    assert lams == [0.005, 0.01, 0.05, 0.1, 0.5]
    assert not list(tmp_path.iterdir())


def test_the_trials_begin_at_the_recipe_that_is_named(call: Call, tmp_path: Path) -> None:
    study = ("study", "sensitivity", "lr", "--values", "1e-4", "--method", "scratch", *TWIN)
    for recipe in ("quick", "paper"):
        asked = ("--recipe", recipe, "--results", tmp_path, "--dry-run")
        run = ("run", "--method", "scratch", "--set", "lr=1e-4", *TWIN, *asked)
        folder = call(*run).splitlines()[0].split()[-1]
        assert folder in call(*study, *asked)


def test_sensitivity_says_what_it_lacks(call: Call, tmp_path: Path) -> None:
    study = ("study", "sensitivity", "--method", "geometric-svr", *TWIN, "--results", tmp_path)
    with pytest.raises(AubenchError, match="which values of c"):
        call(*study, "c")
    with pytest.raises(AubenchError, match="no setting 'sigma'"):
        call(*study, "sigma", "--values", "1")
    with pytest.raises(AubenchError, match="--set c=3, which is what the study changes"):
        call(*study, "c", "--values", "1", "--set", "c=3")
    assert not list(tmp_path.iterdir())
