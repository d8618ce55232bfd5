"""Tables of runs beside published rows: what stands together, what must not, and every format."""

import csv
import io
import re
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import click
import numpy as np
import pytest
from click.testing import CliRunner

from aubench.cli import cli
from aubench.errors import AubenchError
from aubench.metrics import grouped
from aubench.metrics.groups import GroupedMoments, to_table
from aubench.protocol import Protocol
from aubench.registry import find
from aubench.report.text import MARKS
from support.make_records import make_record, score_of
from support.plugins import aubench, install

FORMATS = ("text", "markdown", "latex", "csv", "html")
BANNER = "SYNTHETIC: pictures are not of DISFA; these numbers say nothing about real faces"


@pytest.fixture
def protocol() -> Protocol:
    found: Protocol = find("protocols", "disfa3fold")
    return found


@pytest.fixture
def table(tmp_path: Path) -> Callable[..., str]:
    """``aubench table`` on the records under ``tmp_path``."""

    def call(*arguments: str, color: bool = False) -> str:
        done = CliRunner().invoke(
            cli,
            ["table", "--results", str(tmp_path), *arguments],
            catch_exceptions=False,
            color=color,
        )
        assert done.exit_code == 0
        return done.output

    return call


Table = Callable[..., str]


def sections(text: str) -> dict[str, list[str]]:
    """Heading → lines of a text table's section."""
    found = {}
    for block in text.split("\n\n"):
        heading, *lines = block.splitlines()
        found[heading] = lines
    return found


def lines(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def of(method: str, text: str) -> dict[str, str]:
    (line,) = [line for line in lines(text) if line["method"] == method]
    return line


def test_published_rows_stand_with_their_source(table: Table) -> None:
    found = of("Adaptation layers", table("--metric", "icc", "--format", "csv"))
    assert found["source"] == "ntinou2020:2,4"
    assert [found[f"AU{au}"] for au in (1, 2, 4, 5, 6, 9)] == [
        *("0.56", "0.52", "0.75", "0.42", "0.51", "0.55")
    ]
    assert found["Avg."] == "0.57"
    assert "ntinou2020:4 prints this row as Ours (Adaptation layers)" in found["notes"]


def test_a_row_that_two_papers_print_is_shown_once(table: Table) -> None:
    text = table("--metric", "icc", "--protocol", "fera2015", "--format", "csv")
    assert of("2DC", text)["source"] == "ntinou2020:4, sanchez2018:1"
    assert of("CCNN-IT", text)["source"] == "ntinou2020:4, fan2020:1, sanchez2018:1"
    cells = [tuple(v for k, v in line.items() if k.startswith("AU")) for line in lines(text)]
    assert len(cells) == len(set(cells))


def test_rows_whose_folds_are_not_published_stand_apart(table: Table) -> None:
    text = sections(table("--metric", "icc"))
    apart = "\n".join(text["Published, but not this test: see the note of each row"])
    together = "\n".join(text["Published rows and official runs"])
    assert "G2RL" in apart
    assert "G2RL" not in together
    assert "ResNet-18" in together


def test_an_official_run_is_ranked_among_published_rows(
    table: Table, tmp_path: Path, protocol: Protocol
) -> None:
    make_record(tmp_path, protocol, "mine", (0.55,) * 12)
    text = sections(table("--metric", "icc"))["Published rows and official runs"]
    order = [line.split()[0].rstrip(MARKS) for line in text if line[:1].isalpha()]
    assert order.index("mine") == order.index("Fine-tuning") + 1
    assert order.index("mine") < order.index("Scratch")


def test_smaller_errors_come_first(table: Table, tmp_path: Path, protocol: Protocol) -> None:
    make_record(tmp_path, protocol, "mine", (0.05,) * 12, metric="mse")
    text = sections(table("--metric", "mse"))["Published rows and official runs"]
    rule = next(i for i, line in enumerate(text) if line.startswith("─"))
    assert text[rule + 1].startswith("mine")


@pytest.mark.parametrize("style", FORMATS)
@pytest.mark.parametrize("arguments", [("--metric", "icc"), ("--paper", "ntinou2020:2")])
def test_synthetic_runs_never_stand_with_published_rows(
    table: Table, tmp_path: Path, protocol: Protocol, style: str, arguments: tuple[str, ...]
) -> None:
    make_record(tmp_path, protocol, "twinned", (0.987,) * 12, status="synthetic")
    make_record(tmp_path, protocol, "genuine", (0.123,) * 12)
    text = table(*arguments, "--format", style)
    assert BANNER in text
    if style == "csv":
        for line in lines(text):
            assert (BANNER in line["notes"]) == (line["method"] == "twinned")
            assert ("ynthetic" in line["section"]) == (line["method"] == "twinned")
        return
    order = re.findall(f"genuine|twinned|{re.escape(BANNER)}", text)
    assert order
    assert order == ["genuine", BANNER, "twinned"] * (len(order) // 3)


def test_best_is_bold_within_a_section_only(
    table: Table, tmp_path: Path, protocol: Protocol
) -> None:
    make_record(tmp_path, protocol, "twin-a", (0.99,) * 12, status="synthetic")
    make_record(tmp_path, protocol, "twin-b", (0.98,) * 12, status="synthetic")
    text = table("--metric", "icc", "--format", "markdown")
    assert "**0.57**" in text
    assert text.count("**0.99**") == 14  # 12 AUs, their mean, and that of the folds
    assert "**0.98**" not in text
    assert click.style("0.57", bold=True) in table("--metric", "icc", color=True)
    assert "\x1b" not in table("--metric", "icc")


def test_ties_are_all_bold(table: Table) -> None:
    text = table("--paper", "ntinou2020:2", "--format", "latex")
    attention, adaptation = (
        next(line for line in text.splitlines() if line.startswith(name))
        for name in ("Attention maps", "Adaptation layers")
    )
    assert attention.count(r"\textbf{0.67}") == adaptation.count(r"\textbf{0.67}") == 1


def test_a_run_that_cannot_be_told_from_the_best_is_marked(
    table: Table, tmp_path: Path, protocol: Protocol
) -> None:
    """27 people: two tools alike but for luck, and one that is worse on everybody."""
    rng = np.random.default_rng(0)
    subjects, aus = 27, len(protocol.aus)
    labels = rng.integers(0, 6, (subjects * 50, aus)).astype(np.float32)
    codes = np.repeat(np.arange(subjects), 50)
    groups = tuple((fold.name, key, 0) for fold in protocol.folds for key in fold.test)
    for name, spread in (("one", 1.0), ("two", 1.0), ("poor", 3.0)):
        guess = labels + rng.normal(0, spread, labels.shape).astype(np.float32)
        parts = GroupedMoments(groups, grouped(labels, guess, codes, subjects))
        found = to_table(parts)
        scores = {"raw": {"icc": score_of(parts.pooled(), "icc")}}
        given = {"moments": {"raw": found}, "scores": scores, "status": "partial"}
        make_record(tmp_path, protocol, name, **given)
    text = table("--metric", "icc", "--protocol", protocol.name, "--format", "csv")
    marked = {row["method"] for row in lines(text) if "not distinguishable" in row["notes"]}
    assert len(marked & {"one", "two"}) == 1
    assert "poor" not in marked


def test_partial_and_outdated_runs_stand_apart_and_say_why(
    table: Table, tmp_path: Path, protocol: Protocol
) -> None:
    problems = ("1 of 27 subjects missing: disfa/SN002", "b", "c", "d")
    make_record(tmp_path, protocol, "torn", status="partial", problems=problems)
    make_record(tmp_path, protocol, "old", protocol_hash="0" * 16)
    text = table("--metric", "icc")
    found = sections(text)
    assert found["Partial runs"][0].startswith("PARTIAL")
    assert any(line.startswith("torn") for line in found["Partial runs"])
    assert "1 of 27 subjects missing: disfa/SN002; b; c; and 1 more" in text
    assert found["Outdated runs"][0].startswith("OUTDATED")
    assert any(line.startswith("old") for line in found["Outdated runs"])


def test_an_undefined_au_is_shown_and_withholds_the_average(
    table: Table, tmp_path: Path, protocol: Protocol
) -> None:
    make_record(tmp_path, protocol, "holey", (None, *(0.5,) * 11))
    found = of("holey", table("--metric", "icc", "--format", "csv"))
    assert (found["AU1"], found["AU2"], found["Avg."]) == ("undef.", "0.5", "")
    assert "which withholds the average" in table("--metric", "icc")


def test_a_missing_au_leaves_a_hole_and_no_average(
    table: Table, tmp_path: Path, protocol: Protocol
) -> None:
    before = {"aus": protocol.aus[1:], "protocol_hash": "0" * 16}
    make_record(tmp_path, protocol, "few", (0.5,) * 11, **before)
    found = of("few", table("--metric", "icc", "--format", "csv"))
    assert (found["AU1"], found["AU2"], found["Avg."]) == ("", "0.5", "")
    row = next(line for line in table("--metric", "icc").splitlines() if line.startswith("few"))
    assert row.split()[-1] == "–"


def test_numbers_are_rounded_for_people_and_whole_in_csv(
    table: Table, tmp_path: Path, protocol: Protocol
) -> None:
    make_record(tmp_path, protocol, "mine", (0.56789, -0.001, *(0.5,) * 10))
    row = next(line for line in table("--metric", "icc").splitlines() if line.startswith("mine"))
    assert row.split()[3:5] == ["0.57", "0.00"]
    found = of("mine", table("--metric", "icc", "--format", "csv"))
    assert (found["AU1"], found["AU2"]) == ("0.56789", "-0.001")


def test_occurrence_is_shown_in_percent_as_papers_print_it(table: Table, tmp_path: Path) -> None:
    folds: Protocol = find("protocols", "bp4d3fold")
    make_record(tmp_path, folds, "mine", (0.5,) * 12, metric="f1")
    found = table("--metric", "f1")
    assert "Ours (AUNets)" in found
    row = next(line for line in found.splitlines() if line.startswith("mine"))
    assert row.split()[-1] == "50.0"


def test_intervals_are_shown_on_demand(table: Table, tmp_path: Path, protocol: Protocol) -> None:
    make_record(tmp_path, protocol, "mine")
    assert "95 %" not in table("--metric", "icc")
    found = [
        line
        for line in lines(table("--metric", "icc", "--intervals", "--format", "csv"))
        if line["method"] == "mine"
    ]
    assert [line["Avg."] for line in found] == ["0.5"] * 3  # all people alike
    assert [line["source"] for line in found][1:] == ["95 % from", "95 % to"]
    assert "95 % interval over people" in table("--intervals")


def test_a_variant_is_named(table: Table, tmp_path: Path, protocol: Protocol) -> None:
    record = make_record(tmp_path, protocol, "mine")
    for part in ("moments", "scores"):
        kept = getattr(record, part)["raw"]
        record = record.model_copy(update={part: {"raw": kept, "clamped": kept}})
    (path,) = tmp_path.rglob("record.json")
    record.write(path)
    assert "of clamped predictions" in table("--variant", "clamped")
    assert any(line.startswith("mine") for line in table("--variant", "clamped").splitlines())
    assert not any(line.startswith("mine") for line in table("--variant", "rounded").splitlines())


def test_a_part_trained_on_synthetic_faces_is_marked(
    table: Table, tmp_path: Path, protocol: Protocol
) -> None:
    make_record(tmp_path, protocol, "mine", synthetic_parts=("fan",))
    found = of("mine", table("--format", "csv"))
    assert "its fan was trained on synthetic pictures" in found["notes"]


def test_protocols_with_runs_are_shown_by_default(table: Table, tmp_path: Path) -> None:
    assert table().startswith("disfa3fold: ICC(3,1)")
    make_record(tmp_path, find("protocols", "fera2015"), "mine")
    make_record(tmp_path, find("protocols", "bp4d3fold"), "mine", metric="f1")
    text = table()
    assert "fera2015: ICC(3,1)" in text
    assert "bp4d3fold: F1" in text
    assert "disfa3fold" not in text


def test_runs_of_a_protocol_that_is_gone_are_left_out_loudly(
    table: Table, tmp_path: Path, protocol: Protocol
) -> None:
    make_record(tmp_path, protocol, "mine")
    make_record(tmp_path, replace(protocol, name="gone3fold"), "lost")
    text = table()
    assert "left out, protocol not installed: gone3fold" in text
    assert not any(line.startswith("lost") for line in text.splitlines())
    assert any(line.startswith("mine") for line in text.splitlines())


def test_our_runs_stand_below_the_block_of_the_same_test(
    table: Table, tmp_path: Path, protocol: Protocol
) -> None:
    make_record(tmp_path, protocol, "mine")
    found = [line["section"] for line in lines(table("--paper", "ntinou2020:4", "--format", "csv"))]
    place = found.index("Our official runs, disfa3fold, ICC(3,1)")
    assert found[place - 1] == "DISFA 3fold, cv pooled, ICC"
    assert found[place + 1] == "DISFA 3fold, cv pooled, MSE"


def test_runs_beside_a_table_that_is_printed_sideways_are_sideways_too(
    table: Table, tmp_path: Path
) -> None:
    make_record(tmp_path, find("protocols", "bp4d3fold"), "mine", metric="f1")
    found = sections(table("--paper", "romero2018:5"))
    ours = found["Our official runs, bp4d3fold, F1"]
    assert any(line.split()[-1].rstrip(MARKS) == "mine" for line in ours if line)
    assert any(line.split() == ["AU24", "50.0"] for line in ours)


def test_an_unconfirmed_protocol_says_so(table: Table) -> None:
    text = table("--protocol", "fera2017-test", "--metric", "icc")
    assert text.startswith("fera2017-test (unconfirmed)")


def test_nothing_to_show_is_said(table: Table) -> None:
    with pytest.raises(AubenchError, match="disfa3fold is a protocol of intensity"):
        table("--metric", "auc")
    with pytest.raises(AubenchError, match="did you mean 'disfa3fold'"):
        table("--protocol", "disfa3fild")


@pytest.mark.parametrize("key", ["ntinou2020", "fan2020", "sanchez2018", "romero2018"])
def test_latex_has_booktabs_rules_and_whole_rows(table: Table, key: str) -> None:
    text = table("--paper", key, "--format", "latex")
    for shape, body in re.findall(
        r"\\begin\{tabular\}\{(\w+)\}\n(.*?)\\end\{tabular\}", text, flags=re.DOTALL
    ):
        rules = re.findall(r"\\(toprule|midrule|bottomrule)\n", body)
        assert rules == ["toprule", "midrule", "bottomrule"]
        rows = [line for line in body.splitlines() if line.endswith(r" \\")]
        assert {row.count(" & ") for row in rows} == {len(shape) - 1}
    assert text.count(r"\begin{") == text.count(r"\end{")


@pytest.mark.skipif(
    not shutil.which("pdflatex")
    or subprocess.run(["kpsewhich", "booktabs.sty"], capture_output=True, check=False).returncode,
    reason="needs LaTeX with booktabs",
)
def test_latex_compiles(table: Table, tmp_path: Path, protocol: Protocol) -> None:
    make_record(
        tmp_path,
        protocol,
        "mine_50%",
        problems=('~^\\#{}$&<|>"†…',),
        status="partial",
    )
    tables = [table("--intervals", "--format", "latex")]
    tables += [table("--paper", key, "--format", "latex") for key in ("ntinou2020", "romero2018")]
    preamble = r"\documentclass{article}\usepackage{booktabs,graphicx}\usepackage[T1]{fontenc}"
    body = "\n".join([preamble, r"\begin{document}", *tables, r"\end{document}"])
    (tmp_path / "t.tex").write_text(body, encoding="utf-8")
    done = subprocess.run(
        ["pdflatex", "-draftmode", "-halt-on-error", "-interaction=nonstopmode", "t.tex"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-2000:]


class Balance(HTMLParser):
    """Remembers open tags; void ones close themselves."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def test_html_is_balanced_and_escaped(table: Table, tmp_path: Path, protocol: Protocol) -> None:
    make_record(tmp_path, protocol, "<script>&", (0.5,) * 12)
    page = Balance()
    page.feed(table("--format", "html"))
    assert page.open == []
    assert "<script>&" in page.text


def test_a_strangers_paper_keeps_its_stars_and_daggers(tmp_path: Path) -> None:
    module = """
from pathlib import Path
from aubench.published import Paper, PaperTable
paper = Paper(name="doe2025", title="T", authors=("Doe",), venue="V", year=2025,
              folder=Path(__file__).parent, tables={"1": PaperTable(caption="C")})
"""
    install(tmp_path, "stranger", "[aubench.papers]\ndoe2025 = doe:paper\n", {"doe": module})
    head = "paper,table,protocol,printed,partition,method,metric,au,value,marker\n"
    cells = "".join(
        f"doe2025,1,disfa3fold,DISFA,cv,{method},ICC,{au},0.5,no_avg\n"
        for method in ("Ours*", "Theirs†")
        for au in (1, 2)
    )
    (tmp_path / "doe2025-table1.csv").write_text(head + cells, encoding="utf-8")
    text = aubench(tmp_path, "table", "--paper", "doe2025:1").stdout
    assert "Ours*" in text
    assert "Theirs†" in text
    assert (
        r"Theirs\dag{}"
        in aubench(tmp_path, "table", "--paper", "doe2025:1", "--format", "latex").stdout
    )
    ranking = aubench(tmp_path, "table", "--metric", "icc", "--format", "csv").stdout
    (mine,) = [line for line in lines(ranking) if line["method"] == "Ours*"]
    assert (mine["source"], mine["AU1"], mine["AU4"], mine["Avg."]) == ("doe2025:1", "0.5", "", "")
    assert "Theirs†" in ranking
