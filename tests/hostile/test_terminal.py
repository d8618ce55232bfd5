"""Texts from strangers steer no terminal and no spreadsheet, whatever prints them."""

from __future__ import annotations

import copy
import csv
import io
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from aubench.cli import main
from aubench.io.text import inert
from aubench.report.latex import STYLE as LATEX
from aubench.report.markdown import STYLE as MARKDOWN
from aubench_protocols.disfa import disfa3fold
from support.command import Aubench
from support.make_records import make_record
from support.plugins import aubench as in_site
from support.plugins import install

ESCAPES = (
    "\x1b[35;7mX\x1b[2J\x1b]0;owned\x07\x1b(0\x1bc\x1b[3A"
    "\x9b2J\x9d0;owned\x9c\x90q\x85"
    "\x07\x08\x08\r\x0b\x0c\x7f\x00"
    "\u202ederren\u2066\u200f\u2028\u2029"
)
"""Sequences that begin with ESC, with C1 codes, C0 codes, and signs that turn the direction."""

OURS = re.compile(r"\x1b\[(?:0|1|4|3[0-9])m")
"""Styles that aubench itself sends to a terminal; those in `ESCAPES` are others."""

COMMANDS = {
    **{f"table as {s}": ("table", "--results", "runs", "--format", s) for s in (
        "text", "markdown", "latex", "csv", "html")},
    "table with intervals": ("table", "--results", "runs", "--intervals"),
    "table of a paper": ("table", "--results", "runs", "--paper", "ntinou2020:2"),
    "compare": ("compare", "runs/a", "runs/b"),
    "compare three": ("compare", "runs/a", "runs/b", "runs/c"),
    "verify": ("verify", "runs/a"),
    "predict": ("predict", "runs/a", "face.png", "--cropped"),
    "study": ("study", "time", "runs/a"),
}  # fmt: skip


class Screen(io.TextIOWrapper):
    """What a command prints to, be it a terminal or a pipe."""

    def __init__(self, terminal: bool) -> None:
        super().__init__(io.BytesIO(), "utf-8", write_through=True)
        self.terminal = terminal

    def isatty(self) -> bool:
        return self.terminal


def printed(command: tuple[str, ...], terminal: bool, monkeypatch: pytest.MonkeyPatch) -> str:
    """What a command prints, errors too."""
    screen = Screen(terminal)
    with monkeypatch.context() as patch:
        patch.setattr(sys, "stdout", screen)
        patch.setattr(sys, "stderr", screen)
        patch.setattr(sys, "argv", ["aubench", *command])
        with pytest.raises(SystemExit):
            main()
    screen.flush()
    return screen.buffer.getvalue().decode()  # type: ignore[attr-defined]  # a BytesIO


def places(part: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Yield the way to every text of a record; of lists of numbers and groups, to their first."""
    if isinstance(part, str):
        yield path
    elif isinstance(part, dict):
        for name, value in part.items():
            yield from places(value, (*path, name))
    elif isinstance(part, list) and part:
        yield from places(part[0], (*path, 0))


def record_with_every_text(folder: Path) -> dict[str, Any]:
    """Write three records; the first, in which every list and every mapping of texts has one."""
    for name in "abc":
        kept = make_record(folder / "made", disfa3fold, f"method-{name}", status="partial")
        (folder / "runs" / name).mkdir(parents=True)
        kept.write(folder / "runs" / name / "record.json")
    data: dict[str, Any] = json.loads((folder / "runs/a/record.json").read_text())
    data["problems"] = ["a problem"]
    data["coverage"]["notes"] = ["a note"]
    data["corpus"]["recipe_parameters"] = {"a": "b"}
    data["environment"]["torch"] = "2"
    names = ("synthetic", "learned_from", "assumed", "departures", "changed")
    data["method"] |= {name: [name] for name in names}
    data["method"] |= {"settings": {"a": "b"}, "ingredients": {"a": "b"}, "recipe": "paper"}
    return data | {"sweep": None, "skipped": None}


@pytest.mark.slow
@pytest.mark.parametrize("terminal", [True, False], ids=["terminal", "pipe"])
@pytest.mark.parametrize("command", COMMANDS.values(), ids=COMMANDS)
def test_no_text_of_a_record_steers_a_terminal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...], terminal: bool
) -> None:
    monkeypatch.chdir(tmp_path)
    data = record_with_every_text(tmp_path)
    Image.fromarray(np.zeros((128, 128, 3), np.uint8)).save("face.png")
    ways = [*places(data), ("sweep",), ("skipped",)]
    assert len(ways) > 30
    for way in ways:
        changed = copy.deepcopy(data)
        part: Any = changed
        for step in way[:-1]:
            part = part[step]
        part[way[-1]] = f"begin{ESCAPES}end"
        Path("runs/a/record.json").write_text(json.dumps(changed))
        shown = printed(command, terminal, monkeypatch)
        left = (OURS.sub("", shown) if terminal else shown).replace("\n", "")
        assert left.isprintable(), way
        assert "Traceback" not in shown


def test_a_text_with_escapes_is_shown_without_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    make_record(tmp_path / "runs", disfa3fold, "be\x1b[2Jgin")
    for style in ("text", "markdown", "latex", "csv", "html"):
        shown = printed(("table", "--results", "runs", "--format", style), True, monkeypatch)
        assert "be\ufffd" in shown
        assert "2Jgin" in shown


# Spreadsheets and markup


@pytest.mark.parametrize(
    "text", ["=1+1", "+1+1", "-1+cmd|' /C calc'!A0", "@SUM(1)", " =1", "\t=1", "\r=1", "\n=1"]
)
def test_no_text_of_a_record_is_a_formula_in_csv(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    monkeypatch.chdir(tmp_path)
    make_record(tmp_path / "runs", disfa3fold, text.replace("/", "|"), (-0.5,) * 12)
    shown = printed(("table", "--results", "runs", "--format", "csv"), False, monkeypatch)
    cells = [cell for row in csv.DictReader(io.StringIO(shown)) for cell in row.values()]
    assert not [c for c in cells if c.strip()[:1] in tuple("=+@")]
    assert any(cell.startswith("'") for cell in cells)
    negative = [cell for cell in cells if cell.startswith("-")]
    assert len(negative) > 11  # numbers stay numbers
    assert all(float(cell) < 0 for cell in negative)


@pytest.mark.parametrize("number", ["-1", "+2.5", "-1e-3", "-inf"])
def test_a_number_in_csv_stays_a_number(number: str) -> None:
    assert inert(number) == number


MARKUP = (
    "<script>alert(1)</script>", "[a](http://b.c)", "![a](//b)", "`x`", "**b**", "__b__", "~~s~~",
    "a|b", "$x$", "&lt;", "http://b.c", "www.b.c", "| - |", "<!--", "\\*b\\*",
)  # fmt: skip


@pytest.mark.parametrize("text", MARKUP)
def test_no_text_of_a_record_is_markup_in_markdown(text: str) -> None:
    escaped = MARKDOWN.plain(text)
    bare = re.sub(r"\\[!-/:-@\[-`{-~]", "", escaped)
    assert not re.search(r"[<>\[\]`*_~|$&\\]|://|www\.", bare)
    assert re.sub(r"\\([!-/:-@\[-`{-~])", r"\1", escaped) == text  # nothing is lost


@pytest.mark.parametrize("text", ["# a", "- a", "+ a", "1. a", "2) a", "---"])
def test_no_note_begins_a_list_a_heading_or_a_rule_in_markdown(text: str) -> None:
    assert not re.match(r"#|-|\+|\d+[.)]", MARKDOWN.plain(text))


def test_no_text_of_a_record_is_markup_in_html(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    make_record(tmp_path / "runs", disfa3fold, "<script>&'\"")
    shown = printed(("table", "--results", "runs", "--format", "html"), False, monkeypatch)
    assert "<script" not in shown
    assert "&lt;script&gt;&amp;&#x27;&quot;" in shown


def test_no_text_of_a_record_is_a_command_in_latex() -> None:
    assert LATEX.plain(r"\input{/etc/passwd} $x$ %") == (
        r"\textbackslash{}input\{/etc/passwd\} \$x\$ \%"
    )
    assert LATEX.plain("[1cm]")[0] == LATEX.plain("*")[0] == "{"  # what \\ would take for its own


# Paths and encodings


@pytest.mark.parametrize("name", ["[bold]", "[/]", "a:b", "[red]x[/red]\\", "-x"])
def test_a_path_is_shown_as_it_is(tmp_path: Path, aubench: Aubench, name: str) -> None:
    make_record(tmp_path / name, disfa3fold)
    done = aubench("table", f"--results={name}")
    assert done.returncode == 0, done.stderr
    (tmp_path / name / disfa3fold.name / "adapt-official/record.json").write_text("[")
    done = aubench("table", f"--results={name}")
    assert name in done.stderr
    assert "Traceback" not in done.stderr


def test_a_path_that_is_not_utf8_works(tmp_path: Path, aubench: Aubench) -> None:
    folder = Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff\xfe"))
    make_record(folder, disfa3fold)
    done = aubench("table", "--results", folder)
    assert done.returncode == 0, done.stderr
    assert "adapt" in done.stdout


ENCODINGS = {
    "C": {"LC_ALL": "C", "LANG": "C"},
    "C without UTF-8": {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"},
    "latin-1": {"PYTHONIOENCODING": "latin-1"},
    "ascii": {"PYTHONIOENCODING": "ascii"},
    "ascii, strict": {"PYTHONIOENCODING": "ascii:strict"},
}


@pytest.mark.parametrize("environment", ENCODINGS.values(), ids=ENCODINGS)
@pytest.mark.parametrize(
    "command",
    [("table",), ("table", "--results", "none-é"), ("list",), ("info", "fera2015"), ("--help",)],
    ids=" ".join,
)
def test_output_in_any_encoding_works(
    tmp_path: Path, command: tuple[str, ...], environment: dict[str, str]
) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "aubench", *command],
        cwd=tmp_path,
        env=os.environ | environment,
        capture_output=True,
        check=False,
    )
    assert done.returncode in (0, 2)
    assert b"Traceback" not in done.stderr
    encoding = environment.get("PYTHONIOENCODING", "utf-8").partition(":")[0]
    assert done.stdout.decode(encoding) + done.stderr.decode(encoding)


def test_plug_ins_steer_no_terminal(tmp_path: Path) -> None:
    evil = "\\x1b[2J\\x9b2J\\x07\\u202e"
    module = f"class Mine:\n    summary = 'told {evil}'\n    name = 'x{evil}'\n"
    broken = f"raise ValueError('{evil} reason')"
    entries = "[aubench.methods]\nmine = mine:Mine\nworse = worse:Mine\n"
    install(tmp_path, "stranger", entries, {"mine": module, "worse": broken})
    done = in_site(tmp_path, "list", "methods")
    assert done.returncode == 0
    assert done.stdout.replace("\n", "").isprintable()
    assert "reason" in done.stdout
