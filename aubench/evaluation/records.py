"""Records: one JSON document per run, written last, with what ran and what came out."""

from __future__ import annotations

import platform
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, JsonValue, ValidationError

from aubench import __version__
from aubench.crops.sampling import Sampling
from aubench.errors import AubenchError
from aubench.evaluation.calibration import Calibration
from aubench.evaluation.migrations import migrate
from aubench.io.atomic import atomic
from aubench.io.folders import Report, stop
from aubench.io.strict_json import Real, StrictModel, read_json
from aubench.metrics.groups import MomentTable
from aubench.recipes import Setting

SCHEMA_VERSION = 5
"""Of `Record`. A change that older files do not fit raises it, with a step in `MIGRATIONS`."""

Status = Literal["official", "partial", "synthetic"]

PREDICTED = "predicted"
"""The variant of a record's scores that leaves out what a fill stands for."""

_ROW = re.compile(r"\[\n\s*([^][{}\"]*?)\s*\]")
"""A list of numbers in indented JSON. No string fits: in JSON, none holds a line end."""


class MethodInfo(StrictModel):
    """What predicted.

    Attributes:
        name: As typed (``adapt``, ``timm/convnext_tiny``), or a tool's name for imported rows.
        origin: Distribution and version that brought it, or the tool's own version.
        settings: Resolved settings, every field.
        synthetic: Names of parts that were trained on synthetic pictures (``fan``).
        ingredients: Name → content hash of files that it read (pre-trained weights), and where they
            are from (``timm/…@revision``); content hash of the predictions that another tool made.
        context: What it uses to predict a frame (`aubench.method.Method.context`).
        learned_from: Corpora that a tool's released models learned from, as far as is known.
        recipe: Name of the recipe that the settings began with, or ``none``; None if unknown.
        assumed: Settings whose value that recipe assumes, because the paper is silent.
        departures: What it does otherwise than its paper's recipe (or ours), in words.
        changed: Settings away from their defaults, of a method that carries no such recipe.
    """

    name: str
    origin: str
    settings: dict[str, Setting] = Field(default={})
    synthetic: tuple[str, ...] = ()
    ingredients: dict[str, str] = Field(default={})
    context: Literal["frame", "window", "person", "all"] = "frame"
    learned_from: tuple[str, ...] = ()
    recipe: str | None = None
    assumed: tuple[str, ...] = ()
    departures: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()


class CorpusInfo(StrictModel):
    """What was predicted on.

    Attributes:
        name: Name of the corpus, ``disfa``.
        synthetic: True for a synthetic twin.
        fingerprint: Of the pack.
        recipe: Name of the crop recipe.
        recipe_hash: Of the recipe with its parameters and sampling; None in records older than
            schema 3.
        recipe_parameters: Of the recipe; None in older records, whose recipe is the default.
        size: Width and height of the pictures in pixels.
        sampling: How pictures were shrunk to crops; None in older records.
    """

    name: str
    synthetic: bool
    fingerprint: str
    recipe: str
    size: int
    recipe_hash: str | None = None
    recipe_parameters: dict[str, JsonValue] | None = None
    sampling: Sampling | None = None


class FoldInfo(StrictModel):
    """How one fold went; times in seconds, rates in images per second.

    Attributes:
        parameters: Number of parameters in all; None where there are none to count.
        learnable: Number of parameters that were trained.
        calibration: The lines that calibrate its predictions; None where the protocol asks for
            none, and in older records.
    """

    name: str
    train_frames: int
    valid_frames: int
    test_frames: int
    epochs: int | None = None
    best_epoch: int | None = None
    valid_icc: Real | None = None
    parameters: int | None = None
    learnable: int | None = None
    fit_seconds: Real | None = None
    predict_seconds: Real | None = None
    fit_images_per_second: Real | None = None
    predict_images_per_second: Real | None = None
    calibration: Calibration | None = None


class Environment(StrictModel):
    """Where it ran."""

    aubench: str
    python: str
    torch: str | None = None
    device: str = "cpu"
    precision: str = "32-true"
    platform: str = ""


class Coverage(StrictModel):
    """What the predictions cover.

    Attributes:
        expected: Test frames that the protocol wants from this corpus.
        predicted: Of these, how many have a prediction, be it the fill.
        filled: Of these, how many the tool did not predict, or not every AU of them.
        fill: The value that stands there; None where no frame is filled.
        labels_missing: AU column (``AU06``) → number of expected frames without a label.
        predictions_missing: AU column → number of expected frames without a prediction.
        notes: What an importer had to say (faces doubled, ``success = 0`` rows).
    """

    expected: int
    predicted: int
    filled: int = 0
    fill: Real | None = None
    labels_missing: dict[str, int] = Field(default={})
    predictions_missing: dict[str, int] = Field(default={})
    notes: tuple[str, ...] = ()

    @property
    def fill_note(self) -> str:
        """How many frames are filled, and with what, in words; empty if none is."""
        if self.fill is None:
            return ""
        frames = f"{self.filled:,} of {self.expected:,} frames"
        return f"{frames} not predicted: counted as {self.fill:g}"


class LevelTable(StrictModel):
    """Moments of the raw predictions at each labelled intensity, over all folds and subjects.

    Attributes:
        columns: Names of the K moments.
        values: L × A × K numbers, levels 0 to 5.
    """

    columns: tuple[str, ...]
    values: tuple[tuple[tuple[Real, ...], ...], ...]


class Score(StrictModel):
    """One metric over the pooled out-of-fold predictions.

    Attributes:
        values: One number per AU, in the record's order; None = undefined.
        mean: Mean over the AUs; None (withheld) if any is undefined.
        intervals: 95 % interval over subjects per AU, (low, high), from pseudo-values; None in
            records older than schema 4.
        mean_interval: The same for the mean.
    """

    values: tuple[Real | None, ...]
    mean: Real | None
    intervals: tuple[tuple[Real, Real] | None, ...] | None = None
    mean_interval: tuple[Real, Real] | None = None


class Record(StrictModel):
    """One run.

    Attributes:
        run_id: `aubench.evaluation.run_id.run_id` of what the record says.
        corpus: The pack whose frames were predicted.
        packs: Every pack of a run, those that it learned from too; empty in records before schema
            4.
        scores: Variant (``raw``, ``clamped``, ``rounded``, ``calibrated``) → metric (``icc``) →
            score; where frames are filled, all of these count the fill, and `PREDICTED` the tool's
            own values alone.
        problems: Why the status is not official, one line each.
        skipped: Why the method cannot do the protocol, in which case nothing was run.
        levels: Moments per labelled intensity; None for occurrence.
        sweep: The setting that a study varied, if the run was made for that alone; it is no row of
            a table.
    """

    schema_version: int = SCHEMA_VERSION
    run_id: str
    created: str
    method: MethodInfo
    protocol: str
    protocol_hash: str
    corpus: CorpusInfo
    packs: tuple[CorpusInfo, ...] = ()
    status: Status
    problems: tuple[str, ...] = ()
    skipped: str | None = None
    sweep: str | None = None
    seed: int | None = None
    environment: Environment
    folds: tuple[FoldInfo, ...]
    aus: tuple[int, ...]
    coverage: Coverage
    moments: dict[str, MomentTable]
    scores: dict[str, dict[str, Score]]
    levels: LevelTable | None = None

    def write(self, path: Path) -> None:
        """Write the JSON document ``path``, whole or not at all; lists of numbers take one line."""
        text = _ROW.sub(lambda row: f"[{' '.join(row[1].split())}]", self.model_dump_json(indent=1))
        with atomic(path) as temporary:
            temporary.write_text(text + "\n", encoding="utf-8")


def calibrations(folds: Iterable[FoldInfo]) -> dict[str, Calibration]:
    """Fold → its calibration; empty unless every fold has one."""
    found = {fold.name: fold.calibration for fold in folds}
    kept = {name: lines for name, lines in found.items() if lines is not None}
    return kept if len(kept) == len(found) else {}


def environment(**details: str) -> Environment:
    """Where this process runs; ``details`` are ``torch``, ``device`` and ``precision``."""
    return Environment(
        aubench=__version__,
        python=platform.python_version(),
        platform=platform.platform(terse=True),
        **details,
    )


def record_schema() -> dict[str, Any]:
    """The JSON Schema of a record."""
    schema = Record.model_json_schema()
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}


def read_record(path: Path) -> Record:
    """The record in ``path``.

    Raises:
        AubenchError: If it is not a record, or was written by a newer version.
    """
    data = read_json(path, "record", "run or score again")
    version = data.get("schema_version") if isinstance(data, dict) else None
    if isinstance(version, int) and version > SCHEMA_VERSION:
        raise AubenchError(
            f"record of schema {version}, written by a newer aubench",
            mend="upgrade aubench",
            path=path,
        )
    try:
        return Record.model_validate(migrate(data, SCHEMA_VERSION))
    except ValidationError as error:
        first = error.errors(include_input=False)[0]
        reason = f"{'.'.join(map(str, first['loc']))}: {first['msg']}"[:200]
    except (
        AttributeError,
        KeyError,
        TypeError,
        ValueError,
    ) as error:  # an older record without what every one has
        reason = f"{type(error).__name__} {error}"
    raise AubenchError(f"not a record: {reason}", mend="run or score again", path=path)


def find_records(folder: Path, report: Report = stop) -> Iterator[tuple[Path, Record]]:
    """Yield every record under ``folder`` with its path, in path order.

    Args:
        folder: Where to look.
        report: Called with what is wrong with a record that cannot be read.
    """
    for path in sorted(folder.rglob("record.json")):
        try:
            yield path, read_record(path)
        except AubenchError as error:
            report(error)
