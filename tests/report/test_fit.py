"""Tables that fit: terminals, columns of pages; rows that are chosen and renamed."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner

from aubench.cli import cli
from aubench.registry import find
from aubench.report.fit import blocks
from support.make_records import make_record


def table(*arguments: str, width: int | None = None) -> str:
    environment = None if width is None else {"COLUMNS": str(width)}
    done = CliRunner(env=environment).invoke(cli, ["table", *arguments], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.stdout


def test_blocks_repeat_the_names_and_leave_no_column_out() -> None:
    assert list(blocks([4, 3, 3, 3, 3], 1, 14)) == [[0, 1, 2], [0, 3, 4]]
    assert list(blocks([4, 3, 3], 1, None)) == [[0, 1, 2]]
    assert list(blocks([20, 9, 9], 1, 10)) == [[0, 1], [0, 2]]


@pytest.mark.parametrize("width", [80, 150])
def test_a_table_fits_the_terminal_and_keeps_every_number(width: int) -> None:
    whole = table("--protocol", "disfa3fold")
    narrow = table("--protocol", "disfa3fold", width=width)
    assert max(map(len, narrow.splitlines())) <= width
    number = r"(?<![\d.])\d\.\d\d(?![\d.])"
    assert sorted(re.findall(number, narrow)) == sorted(re.findall(number, whole))


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    protocol = find("protocols", "disfa3fold")
    for name in ("adapt", "scratch", "mean"):
        make_record(tmp_path, protocol, name, (0.5,) * 12)
    return tmp_path


def test_only_the_rows_asked_for_are_shown_and_under_new_names(runs: Path) -> None:
    chosen = ("--only", "adapt,Adaptation layers", "--rename", "adapt=Ours")
    lines = table("--protocol", "disfa3fold", "--results", str(runs), *chosen).splitlines()
    rows = [line for line in lines if re.search(r"(\s+\d\.\d\d){3}", line)]
    assert sorted(re.split(r"\s{2,}", row)[0].rstrip("ᵃᵇᶜ") for row in rows) == [
        "Adaptation layers",
        "Ours",
    ]


def latex(*arguments: str) -> str:
    return table(*arguments, "--format", "latex")


def test_a_narrow_table_is_for_one_column_and_a_wide_one_says_so() -> None:
    narrow = latex("--protocol", "fera2015", "--only", "G2RL,Baseline")
    assert r"\begin{table}" in narrow
    assert r"\begin{table*}" not in narrow
    assert r"\begin{table*}" in latex("--protocol", "disfa3fold")


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="needs pdflatex")
@pytest.mark.slow
def test_a_latex_table_is_nowhere_wider_than_its_place(runs: Path, tmp_path: Path) -> None:
    texts = [
        latex("--protocol", "fera2015", "--only", "G2RL,Baseline"),
        latex("--protocol", "disfa3fold", "--intervals", "--results", str(runs)),
        latex("--paper", "ntinou2020:5"),
    ]
    source = tmp_path / "page.tex"
    source.write_text(
        "\\documentclass[twocolumn]{article}\n\\usepackage{booktabs,graphicx}\n"
        "\\usepackage[T1]{fontenc}\n\\begin{document}\n" + "\n".join(texts) + "\n\\end{document}\n"
    )
    command = ["pdflatex", "-interaction=nonstopmode", source.name]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-2000:]
    log = source.with_suffix(".log").read_text(errors="replace")
    assert "Overfull \\hbox" not in log
