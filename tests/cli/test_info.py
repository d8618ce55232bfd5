"""``aubench info`` of corpora, papers, runs, and of every setting of every method."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
from click.testing import CliRunner

from aubench.cli import cli
from aubench.cli.methods.info.setting_lines import meanings
from aubench.registry import find, plugins
from support.make_records import make_record


def output(*arguments: str, width: int | None = None) -> str:
    environment = None if width is None else {"COLUMNS": str(width)}
    done = CliRunner(env=environment).invoke(cli, ["info", *arguments], catch_exceptions=False)
    assert done.exit_code == 0
    return done.output


def test_a_corpus_is_told_with_its_aus_protocols_and_settings() -> None:
    text = output("disfa")
    assert "AUs 1 2 4 5 6 9 12 15 17 20 25 26 (12)" in text
    assert "disfa-arl, disfa-loso" in text
    assert "aubench prepare disfa SOURCE DEST" in text
    settings = [line.split()[:2] for line in text.splitlines() if line.startswith(("cam", "land"))]
    assert ["camera", "left"] in settings
    assert ["landmarks", "strict"] in settings


def test_a_name_of_a_protocol_and_a_corpus_shows_both() -> None:
    text = output("fera2017")
    assert "ranked by" in text
    assert "aubench prepare fera2017 SOURCE DEST" in text


def test_a_paper_is_told_with_its_tables() -> None:
    text = output("ntinou2020")
    assert "doi:10.1109/TAFFC.2021.3061605" in text
    for number in find("papers", "ntinou2020").tables:
        assert f"ntinou2020:{number}" in text
    assert "Adaptation layers is meant to be reproduced by adapt" in text


def test_a_run_is_told_by_its_folder_or_its_record(tmp_path: Path) -> None:
    make_record(tmp_path, find("protocols", "disfa3fold"), "mine", (0.5,) * 12)
    record = next(tmp_path.rglob("record.json"))
    for name in (record, record.parent):
        text = output(str(name))
        assert "mine under disfa3fold, official" in text
        assert "ICC(3,1)    0.500" in text


@pytest.mark.parametrize("kind", ["methods", "corpora"])
def test_every_setting_has_a_meaning(kind: str) -> None:
    for name, plugin in plugins(kind).items():  # type: ignore[arg-type]  # one of Kind
        settings = plugin.load().Settings
        said = meanings(settings)
        for field in dataclasses.fields(settings):
            assert len(said.get(field.name, "")) > 5, f"{name}: {field.name}"


def test_settings_of_a_method_are_told_with_default_and_meaning() -> None:
    line = next(line for line in output("adapt").splitlines() if line.startswith("batch "))
    assert line.split(maxsplit=2) == ["batch", "32", "Largest number of frames per step."]


@pytest.mark.parametrize("name", ["disfa", "ntinou2020", "adapt", "geometric-svr"])
def test_lines_fit_a_terminal_of_80_columns(name: str) -> None:
    table = output(name, width=80).split("recipe paper")[0]
    assert max(map(len, table.splitlines()[2:])) <= 80
