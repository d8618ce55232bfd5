"""Where the settings of a run begin, and what its row says about it."""

from __future__ import annotations

import json
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from aubench.evaluation.records import Record, read_record
from aubench.pack.pack import Pack
from aubench.pack.prepare import prepare
from support.plugins import aubench, install
from support.small_pack import Small

LAB = '''
"""A method with recipes, one without, and a protocol."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from aubench.method import Method, Predictor
from aubench.protocol import Fold, Protocol
from aubench.recipes import NamedRecipe, Needs, assumed, stated


@dataclass(frozen=True)
class Tuning:
    level: float = 0.0
    steps: int = 1
    start: str = "anywhere"


class Level(Predictor):
    def __init__(self, aus, people, level):
        self.aus, self.train_subjects, self.level = aus, people, level

    def estimate(self, frames):
        return np.full((len(frames), len(self.aus)), self.level, np.float32)

    def save(self, folder):
        pass


class Tuned(Method):
    summary = "It predicts a number."
    Settings = Tuning

    @classmethod
    def recipes(cls, variant=None):
        paper = NamedRecipe(
            "Nobody et al. 2020",
            {
                "level": stated(2.0, "section 3"),
                "steps": assumed(9, "the paper is silent"),
                "start": stated("photographs", "section 4"),
            },
            Needs(size=24, crops=("tight",), margin=0.2, parts={"start": "photographs"}),
        )
        return {"paper": paper, "quick": paper.but(level=assumed(1.0, "it is quick"))}

    def departures(self, run):
        if self.settings.start == "photographs":
            return ()
        return (f"it starts from {self.settings.start}",)

    def fit(self, train, valid, run):
        people = tuple(sorted(train.keys["subject"].unique()))
        return Level(run.aus, people, self.settings.level)

    def load(self, folder, run):
        return Level(run.aus, (), self.settings.level)


class Plain(Tuned):
    summary = "It carries no recipe."

    @classmethod
    def recipes(cls, variant=None):
        return {}


test = Protocol(
    name="lab", title="Four people", task="intensity", corpora=("small",), aus=(6, 12),
    folds=(
        Fold(name="0", train=("small/A", "small/B"), valid=("small/C",), test=("small/D",)),
    ),
    source="tests", confidence="H",
)
'''
ENTRIES = """
[aubench.methods]
tuned = lab:Tuned
plain = lab:Plain

[aubench.protocols]
lab = lab:test
"""
DEPARTING = "Official data, another recipe than the method's reference"


class Real(Small):
    """The same pictures, said to be of real people."""

    synthetic = False


class Lab:
    """Packs and a site with the plug-ins; runs the command line with them."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.site = folder, folder / "site"
        install(self.site, "lab", ENTRIES, {"lab": LAB})
        self.packs = {
            "real": self.prepared("real", Real, 24),
            "large": self.prepared("large", Real, 32),
            "fan": self.prepared("fan", Real, 24, "fan"),
            "narrow": self.prepared("narrow", Real, 24, "tight", 0.1),
            "twin": self.prepared("twin", Small, 24),
        }

    def prepared(
        self, name: str, kind: type[Small], size: int, crop: str = "tight",
        margin: float | None = None,
    ) -> Pack:  # fmt: skip
        dest = self.folder / name
        return prepare(kind(self.folder), dest, recipe=crop, margin=margin, size=size)

    def dry(self, pack: str, *options: str, method: str = "tuned") -> str:
        """What a dry run prints."""
        return self.printed(*self.run(pack, method), "--dry-run", *options)

    def record(self, pack: str, *options: str, method: str = "tuned") -> tuple[Record, str]:
        """The record of a run, and the table that shows it."""
        with TemporaryDirectory() as results:
            self.printed(*self.run(pack, method), "--results", results, *options)
            (path,) = Path(results).rglob("record.json")
            table = self.printed("table", "--protocol", "lab", "--results", results)
            return read_record(path), " ".join(table.split())

    def run(self, pack: str, method: str) -> list[str]:
        folder = str(self.packs[pack].path)
        what = ["run", "--method", method, "--protocol", "lab", "--pack", folder]
        return [*what, "--device", "cpu"]

    def printed(self, *arguments: str) -> str:
        done = aubench(self.site, *arguments)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def refused(self, *arguments: str) -> str:
        done = aubench(self.site, *arguments)
        assert done.returncode == 2
        assert "Traceback" not in done.stderr
        return done.stderr


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Lab:
    return Lab(tmp_path_factory.mktemp("lab"))


def test_real_pictures_get_the_papers_recipe_without_a_word(lab: Lab) -> None:
    record, table = lab.record("real")
    assert record.status == "official"
    assert record.method.settings == {"level": 2.0, "steps": 9, "start": "photographs"}
    assert record.method.recipe == "paper"
    assert record.method.assumed == ("steps",)
    assert record.method.departures == ()
    assert "Published rows and official runs" in table
    assert DEPARTING not in table and "departs" not in table


@pytest.mark.parametrize(
    ("pack", "options", "said"),
    [
        ("real", ("--recipe", "quick"), "quick recipe"),
        ("real", ("--set", "level=3"), "level 3.0"),
        ("real", ("--recipe", "none"), "level 0.0, steps 1, it starts from anywhere"),
        ("real", ("--recipe", "none", "--set", "level=1", "--set", "steps=9"), "level 1.0"),
        ("real", ("--recipe", "quick", "--set", "steps=3"), "quick recipe, steps 3"),
        ("large", (), "32 px"),
        ("fan", (), "crop fan"),
        ("narrow", (), "crop tight with margin 0.1"),
        ("real", ("--set", "start=drawings"), "it starts from drawings"),
    ],
)
def test_what_departs_from_the_paper_stands_apart_and_says_so(
    lab: Lab, pack: str, options: tuple[str, ...], said: str
) -> None:
    assert f"departs from the reference recipe: {said}" in lab.dry(pack, *options)
    record, table = lab.record(pack, *options)
    assert record.status == "official"
    assert said in ", ".join(record.method.departures)
    assert DEPARTING in table
    assert f"departs from its reference recipe: {said}" in table
    assert "Published rows and official runs" not in table


def test_a_twin_gets_the_quick_recipe_and_its_row_says_so(lab: Lab) -> None:
    record, table = lab.record("twin")
    assert record.status == "synthetic"
    assert record.method.settings["level"] == 1.0
    assert record.method.departures == ("quick recipe",)
    assert record.method.assumed == ("level", "steps")
    assert "departs from its reference recipe: quick recipe" in table
    paper, _ = lab.record("twin", "--recipe", "paper")
    assert paper.method.departures == ()


def test_a_dry_run_and_info_print_every_value_with_its_source(lab: Lab) -> None:
    for printed in (lab.dry("real"), lab.printed("info", "tuned")):
        lines = [line.split() for line in printed.splitlines()]
        assert ["level", "2.0", "stated:", "section", "3"] in lines
        assert ["steps", "9", "assumed:", "the", "paper", "is", "silent"] in lines
        assert "Nobody et al. 2020" in printed
    said = lab.printed("info", "tuned")
    assert "needs pictures of 24×24 pixels; crop tight, margin at least 0.2" in said
    changed = [line.split() for line in lab.dry("real", "--set", "steps=3").splitlines()]
    assert ["steps", "3", "--set;", "the", "recipe", "has", "9"] in changed


def test_a_method_without_a_recipe_shows_the_settings_that_are_not_its_defaults(lab: Lab) -> None:
    record, table = lab.record("real", method="plain")
    assert record.method.recipe == "none" and record.method.changed == ()
    assert "settings:" not in table
    record, table = lab.record("real", "--set", "level=4", method="plain")
    assert record.method.changed == ("level 4.0",)
    assert "settings: level 4.0" in table
    assert DEPARTING not in table


def test_a_recipe_that_the_method_has_not_is_refused_in_one_line(lab: Lab) -> None:
    said = lab.refused(*lab.run("real", "tuned"), "--recipe", "house")
    assert "tuned has no recipe 'house'; choose one of paper, quick, none" in said
    said = lab.refused(*lab.run("real", "plain"), "--recipe", "paper")
    assert "plain has no recipe 'paper'; choose one of none" in said


def test_an_older_record_does_not_pass_for_the_papers_recipe(lab: Lab, tmp_path: Path) -> None:
    record, _ = lab.record("real")
    data = json.loads(record.model_dump_json())
    for name in ("recipe", "assumed", "departures", "changed"):
        del data["method"][name]
    (tmp_path / "record.json").write_text(json.dumps(data | {"schema_version": 4}))
    table = lab.printed("table", "--protocol", "lab", "--results", str(tmp_path))
    assert DEPARTING in table
    assert "made before records named a recipe" in table
