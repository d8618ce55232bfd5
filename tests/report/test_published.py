"""Published tables: every printed number comes back, every average is recomputed."""

import csv
import io
from collections import Counter
from decimal import Decimal
from importlib.resources import files

import pytest
from click.testing import CliRunner

from aubench.cli import cli
from aubench.errors import AubenchError
from aubench.published import Value, find_paper

PRINTED = {
    "ntinou2020": {"1": 30, "2": 266, "3": 112, "4": 214, "5": 36, "6": 192, "7": 54},
    "fan2020": {"1": 228},
    "sanchez2018": {"1": 72},
    "romero2018": {
        **{"1": 91, "2": 91, "3": 21, "4": 13, "5": 65, "6": 40},
        **{"7": 132, "8": 220, "9": 220},
    },
}
"""Paper → table → how many numbers it prints."""

TABLES = [(paper, table) for paper, tables in PRINTED.items() for table in tables]
ODD = [("ntinou2020", "1"), ("ntinou2020", "5"), ("romero2018", "3"), ("romero2018", "6")]
"""Tables that are not methods by AUs."""

PLAIN = [table for table in TABLES if table not in ODD]

MISPRINTED = {
    ("ntinou2020", "2", "DISFA_3fold", "cv_pooled", "Scratch", "MSE"),
    ("ntinou2020", "4", "DISFA_3fold", "cv_pooled", "HR (in-house)", "MSE"),
    ("ntinou2020", "4", "FERA2015", "development", "CCNN-IT", "MSE"),
    ("sanchez2018", "1", "FERA2015", "development", "CCNN-IT", "MSE"),
    ("romero2018", "1", "BP4D_3fold", "cv", "HydraNets AlexNet ENet", "F1"),
    ("romero2018", "1", "BP4D_3fold", "cv", "HydraNets GoogLeNet ENet", "F1"),
    ("romero2018", "5", "BP4D_3fold", "cv", "DRML", "F1"),
    ("romero2018", "5", "BP4D_3fold", "cv", "EAC", "F1"),
    ("romero2018", "7", "FERA2017", "test", "Ours (AUNets)", "ACC"),
}
"""Rows whose printed average disagrees with its cells."""


NO_RUNS = ("--results", "no-runs-here")
"""Whatever has been run beside the tests, tables show the papers alone."""


def stored(paper: str, table: str) -> list[dict[str, str]]:
    file = files("aubench_protocols") / "published" / f"{paper}-table{table}.csv"
    return list(csv.DictReader(file.read_text(encoding="utf-8").splitlines()))


def drawn(key: str) -> list[dict[str, str]]:
    done = CliRunner().invoke(cli, ["table", "--paper", key, "--format", "csv", *NO_RUNS])
    assert done.exit_code == 0, done.output
    return list(csv.DictReader(io.StringIO(done.stdout)))


def numbers(row: dict[str, str]) -> list[str]:
    return [
        v
        for k, v in row.items()
        if v and k not in {"table", "section", "method", "AU", "metric", "notes"}
    ]


@pytest.mark.parametrize(("paper", "table"), TABLES)
def test_every_number_comes_back_unchanged(paper: str, table: str) -> None:
    values = stored(paper, table)
    assert len(values) == PRINTED[paper][table]
    lines = drawn(f"{paper}:{table}")
    assert Counter(n for line in lines for n in numbers(line)) == Counter(
        value["value"] for value in values
    )


def place(value: dict[str, str], lines: list[dict[str, str]]) -> str:
    """The number that the drawn table has where ``value`` belongs."""
    block = ", ".join(value[k].replace("_", " ") for k in ("printed", "partition", "metric"))
    found = [n for n in lines if n["section"] == block and n["method"] == value["method"]]
    assert len(found) == 1
    return found[0]["Avg." if value["au"] == "avg" else f"AU{value['au']}"]


@pytest.mark.parametrize(("paper", "table"), PLAIN)
def test_every_number_stands_in_its_place(paper: str, table: str) -> None:
    lines = drawn(f"{paper}:{table}")
    for value in stored(paper, table):
        assert place(value, lines) == value["value"]


def test_tables_of_another_shape_stand_in_their_place() -> None:
    by_au = {line["AU"]: line for line in drawn("ntinou2020:1")}
    assert (by_au["AU6"]["left"], by_au["AU9"]["centre"]) == ("1,41,31", "28")
    cost = {line["method"]: line for line in drawn("ntinou2020:5")}
    assert cost["Adaptation layers"]["flops"] == "6.32G"
    assert cost["Adaptation layers"]["ICC disfa3fold"] == "0.57"
    size = {line["method"]: line for line in drawn("romero2018:3")}
    assert size["AUNets+OF pi/fc6"]["params_learnable"] == "151m"
    views = {line["metric"]: line for line in drawn("romero2018:6")}
    assert views["per_frame_precision"]["V3"] == "1.0"


@pytest.mark.parametrize(("paper", "table"), PLAIN)
def test_rows_keep_the_order_of_print(paper: str, table: str) -> None:
    fields = ("printed", "partition", "metric", "method")
    rows = dict.fromkeys(tuple(value[f] for f in fields) for value in stored(paper, table))
    assert [line["method"] for line in drawn(f"{paper}:{table}")] == [row[-1] for row in rows]


def groups() -> dict[tuple[str, ...], dict[str, dict[str, str]]]:
    """Rows with an average: (paper, table, protocol, partition, method, metric) → cells."""
    found: dict[tuple[str, ...], dict[str, dict[str, str]]] = {}
    for paper, table in TABLES:
        for v in stored(paper, table):
            key = (paper, table, v["printed"], v["partition"], v["method"], v["metric"])
            found.setdefault(key, {})[v["au"]] = v
    return {key: cells for key, cells in found.items() if "avg" in cells and len(cells) > 1}


@pytest.mark.parametrize("key", groups(), ids="-".join)
def test_printed_averages_are_recomputed(key: tuple[str, ...]) -> None:
    cells = dict(groups()[key])
    average = cells.pop("avg")
    mean = sum(Decimal(cell["value"]) for cell in cells.values()) / len(cells)
    stated = Decimal(average["value"])
    unit = Decimal(1).scaleb(stated.as_tuple().exponent)  # type: ignore[arg-type]  # finite, so an int
    verdict = average["marker"].split(";")[0]
    if verdict == "avg_ok":
        assert abs(mean - stated) <= unit / 2
    elif verdict == "avg_within_rounding":
        assert unit / 2 < abs(mean - stated) <= unit
    else:
        said = Decimal(verdict.removeprefix("avg_mismatch(mean=").removesuffix(")"))
        assert abs(mean - said) <= Decimal("0.0005")
        assert abs(mean - stated) > unit / 2
    assert verdict.startswith("avg_mismatch") == (key in MISPRINTED)


def test_doubtful_cells_keep_their_mark() -> None:
    (line,) = [
        line
        for line in drawn("ntinou2020:2")
        if line["method"] == "ResNet-18"
        and line["section"].startswith("DISFA")
        and line["section"].endswith("ICC")
    ]
    assert line["AU5"] == "0.32"
    assert 'AU5: printed as "032"' in line["notes"]
    suspicious = [line["notes"] for line in drawn("ntinou2020:7") if line["method"] == "ResNet-18"]
    assert all("identical to the development row" in notes for notes in suspicious)
    assert any(
        "disagrees with its cells (mean 0.3358)" in line["notes"] for line in drawn("ntinou2020:4")
    )


def test_every_marker_text_is_shown() -> None:
    for paper, table in TABLES:
        shown = " ".join(line["notes"] for line in drawn(f"{paper}:{table}"))
        for value in find_paper(paper).values(table):
            for doubt in value.doubts:
                assert doubt in shown


def value(marker: str, au: str = "6") -> Value:
    return Value("p", "1", "", "FERA2015", "test", "m", "ICC", au, "0.5", marker)


def test_markers_are_read_part_by_part() -> None:
    assert value("avg_ok").doubts == ()
    assert value("avg_within_rounding;first; still first;second_one").doubts == (
        "first; still first",
        "second one",
    )
    assert value("ambiguous: a").doubts == ("ambiguous: a",)
    assert value("avg_mismatch(mean=0.6)").doubts == ()
    assert "mean 0.6" in value("avg_mismatch(mean=0.6)", au="avg").doubts[0]


def test_published_rows_name_protocols_that_exist_and_only_where_the_test_is_the_same() -> None:
    from aubench.registry import plugins

    named = {(v["protocol"], v["printed"], v["partition"]) for p, t in TABLES for v in stored(p, t)}
    assert {protocol for protocol, *_ in named} - {""} <= set(plugins("protocols"))
    views = [v for v in stored("romero2018", "8") if v["method"] == "AUNets v1"]
    assert {v["protocol"] for v in views} == {""}


@pytest.mark.parametrize("key", PRINTED)
def test_a_whole_paper_is_drawn_in_every_format(key: str) -> None:
    for style in ("text", "markdown", "latex", "html"):
        done = CliRunner().invoke(cli, ["table", "--paper", key, "--format", style, *NO_RUNS])
        assert done.exit_code == 0
        assert find_paper(key).title.split()[0] in done.output


def test_an_unknown_paper_or_table_is_named() -> None:
    with pytest.raises(AubenchError, match="no paper 'ntinou2021'; did you mean 'ntinou2020'"):
        CliRunner().invoke(cli, ["table", "--paper", "ntinou2021:2"], catch_exceptions=False)
    with pytest.raises(AubenchError, match="no table '8'; choose one of ntinou2020:1"):
        CliRunner().invoke(cli, ["table", "--paper", "ntinou2020:8"], catch_exceptions=False)


QUOTED = {
    ("ntinou2020", "4", "FERA2015"): {"2DC", "CCNN-IT", "VGP-AE", "HR (reported)"},
    ("ntinou2020", "4", "DISFA_3fold"): {"2DC", "VGP-AE"},
    ("ntinou2020", "7", "FERA2015"): {"ISIR", "CDL"},
    ("sanchez2018", "1", "FERA2015"): {"2DC", "CCNN-IT", "VGP-AE"},
}
"""The rows that the papers print with a star (or, one error of CCNN-IT, a dagger)."""


@pytest.mark.parametrize("block", QUOTED, ids="-".join)
def test_rows_that_a_paper_quotes_are_marked(block: tuple[str, str, str]) -> None:
    paper, table, printed = block
    marked = {v["method"]: v["quoted"] for v in stored(paper, table) if v["printed"] == printed}
    assert {name for name, quoted in marked.items() if quoted} == QUOTED[block]


def test_of_fera2017_the_paper_quotes_all_but_its_own() -> None:
    own = {v["method"] for v in stored("ntinou2020", "6") if not v["quoted"]}
    assert own == {"HR (in-house)", "ResNet-18", "Ours (Adaptation layers)"}


def ranking(protocol: str, metric: str) -> dict[str, set[str]]:
    """Section → methods of the table of a protocol without runs."""
    done = CliRunner().invoke(
        cli,
        ["table", "--protocol", protocol, "--metric", metric, "--format", "csv", *NO_RUNS],
        catch_exceptions=False,
    )
    found: dict[str, set[str]] = {}
    for line in csv.DictReader(io.StringIO(done.stdout)):
        found.setdefault(line["section"], set()).add(line["method"])
    return found


OWN = "Published rows and official runs"
OTHERS = "Published, quoted from other papers"
APART = "Published, but not this test: see the note of each row"


def test_rows_of_other_tests_and_papers_are_never_ranked_with_official_runs() -> None:
    disfa = ranking("disfa3fold", "icc")
    assert {"Adaptation layers", "ResNet-18"} <= disfa[OWN]
    assert disfa[APART] == {
        *("2DC", "VGP-AE"),  # of folds that were drawn later
        *("G2RL", "Baseline", "CCNN-IT", "KBSS", "KJRE", "BORMIR"),
    }
    assert OTHERS not in disfa
    bp4d = ranking("bp4d3fold", "f1")
    assert set(bp4d) == {APART}  # all of them average over folds


def test_quoted_rows_have_a_section_but_a_result_of_a_kept_paper_is_its_own() -> None:
    fera = ranking("fera2015", "icc")
    assert fera[OTHERS] == {"2DC", "VGP-AE", "CCNN-IT"}
    assert fera[APART] == {"KBSS", "KJRE", "BORMIR"}
    # Sánchez et al. print it as their own; Ntinou et al. quote it.
    assert "HR (reported)" in fera[OWN]


def test_why_a_row_stands_apart_is_said() -> None:
    done = CliRunner().invoke(cli, ["table", "--protocol", "disfa3fold", *NO_RUNS])
    for reason in ("few labels", "other people", "other folds", "quoted from its reference"):
        assert reason in done.output
