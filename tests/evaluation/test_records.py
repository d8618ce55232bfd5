"""Records on disk: their schema, older versions, and files that are none."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest
from click.testing import CliRunner

from aubench.cli.results.schema import command
from aubench.errors import AubenchError
from aubench.evaluation.migrations import MIGRATIONS
from aubench.evaluation.records import SCHEMA_VERSION, Record, read_record
from aubench.importers.evaluate import Submission, evaluate
from aubench.importers.tools import TOOLS
from aubench.metrics import METRICS
from aubench.metrics.groups import from_table
from support import small_corpus as small

HERE = Path(__file__).parent.parent
SCHEMA = HERE.parent / "docs" / "record.schema.json"
OLD = HERE / "data" / "record-v1.json"


def made(tmp_path: Path) -> tuple[Record, Path]:
    small.table().to_parquet(tmp_path / "p.parquet")
    submission = Submission(tmp_path / "p.parquet", TOOLS["parquet"], "it")
    record, folder = evaluate(submission, small.PROTOCOL, small.pack(), tmp_path / "runs")
    return record, folder / "record.json"


def test_written_and_read_back(tmp_path: Path) -> None:
    record, path = made(tmp_path)
    assert read_record(path) == record
    assert record.schema_version == SCHEMA_VERSION
    lines = path.read_text().split("\n")
    assert max(map(len, lines)) < 400
    assert len(lines) < 550  # one line per row of numbers, not per number


def test_schema_in_docs_is_the_commands_output() -> None:
    done = CliRunner().invoke(command, [])
    assert done.output == SCHEMA.read_text(), "run: aubench schema > docs/record.schema.json"


def test_a_record_fits_the_schema_and_a_wrong_one_does_not(tmp_path: Path) -> None:
    _, path = made(tmp_path)
    schema = json.loads(SCHEMA.read_text())
    check = jsonschema.validators.validator_for(schema)(schema)
    data = json.loads(path.read_text())
    assert not list(check.iter_errors(data))
    data["scores"]["raw"]["icc"]["mean"] = "high"
    data["extra"] = 1
    assert len(list(check.iter_errors(data))) == 2


def test_every_older_version_has_a_step() -> None:
    assert sorted(MIGRATIONS) == list(range(1, SCHEMA_VERSION))


def test_a_record_of_version_1(tmp_path: Path) -> None:
    """Written by the first version's own code; 2·7 / (14 + 4) by hand from its six frames."""
    record = read_record(OLD)
    assert record.schema_version == SCHEMA_VERSION
    assert [fold.parameters for fold in record.folds] == [1_650_000, 1_650_000]
    assert record.levels is None
    pooled = from_table(record.moments["raw"]).pooled()
    assert METRICS["icc"].of(pooled)[0] == pytest.approx(14 / 18)
    assert record.scores["raw"]["icc"].mean == pytest.approx(14 / 18)
    record.write(tmp_path / "record.json")
    assert read_record(tmp_path / "record.json") == record


def test_bootstrap_intervals_of_version_3_are_not_shown(tmp_path: Path) -> None:
    record, path = made(tmp_path)
    assert record.scores["raw"]["icc"].mean_interval is not None
    path.write_text(
        path.read_text().replace(f'"schema_version": {SCHEMA_VERSION}', '"schema_version": 3')
    )
    older = read_record(path)
    for name, score in older.scores["raw"].items():
        assert score.intervals is None and score.mean_interval is None
        assert score.values == record.scores["raw"][name].values
        assert score.mean == record.scores["raw"][name].mean


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "not JSON"),
        ("{", "not JSON"),
        ("[1, 2]", "not a record"),
        ('{"schema_version": 99}', "record of schema 99, written by a newer aubench; upgrade"),
        ('{"schema_version": 2}', "not a record: KeyError 'scores'"),
        ('{"schema_version": 0}', "not a record"),
        ('{"schema_version": 1}', "not a record"),
        ('{"schema_version": 3, "scores": {"raw": 0}}', "not a record: AttributeError"),
    ],
)
def test_files_that_are_no_records(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "record.json"
    path.write_text(text)
    with pytest.raises(AubenchError, match=said):
        read_record(path)


def test_strings_are_written_as_they_are(tmp_path: Path) -> None:
    record, path = made(tmp_path)
    problems = ("a  list [ 1,  2 ]", "[", "3\n]", '[\n 1,\n 2\n] "[ ]"')
    record.model_copy(update={"problems": problems}).write(path)
    assert read_record(path).problems == problems
