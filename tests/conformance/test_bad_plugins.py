"""``aubench check`` answers every mistake of a plug-in with a line that says FAIL, and why."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from click.testing import CliRunner

from aubench.cli import cli
from aubench.registry import plugins
from support.plugins import install

FAULTS = {
    # the class and what it declares
    "an_instance": ("class", "but an instance of one: name the class"),
    "a_function": ("class", "no subclass of aubench.method.Method"),
    "NoMethod": ("class", "no subclass of aubench.method.Method"),
    "ForgetsDecode": ("class", "ForgetsDecode does not write decode, loss"),
    "RaisesInInit": ("answers", "RuntimeError: no licence found"),
    "SettingsNoDataclass": ("settings", "Settings is no dataclass"),
    "SettingsAnInstance": ("settings", "name the class, not an instance"),
    "SettingsNoRecipe": ("settings", "Lone does not derive from aubench.training.recipe.Recipe"),
    "SettingsADict": ("settings", "options={}"),
    "RecipesAList": ("recipes", "recipes gave a list"),
    "RecipesUnknownSetting": ("recipes", "paper gives epoch, which is no setting"),
    "RecipesWrongType": ("recipes", "paper gives epochs='3', which must be 3"),
    "RecipesBareValue": ("recipes", "paper gives epochs without a source"),
    "SkipTrue": ("answers", "skip gave a bool, not a text or None"),
    "IngredientsAPath": ("answers", "ingredients gave something else than names with hashes"),
    "DeparturesAText": ("answers", "departures gave a str, not a tuple of texts"),
    # the hooks of a torch method
    "BuildRaises": ("build", "NameError: name 'auss' is not defined"),
    "BuildNone": ("build", "build gave None, not a torch.nn.modules.module.Module"),
    "BuildLazy": ("build", "use none that is lazy"),
    "Leaves": ("build", "SystemExit: 0"),
    "OptimizerAList": ("optimizer", "optimizer gave a list"),
    "OptimizerOfAnother": ("optimizer", "parameters that are not of the network"),
    "NothingLearns": ("optimizer", "no parameter that it has learns"),
    "RateOfZero": ("learning rates", "lr is 0, so the rates of the groups are lost"),
    "RateInBeginEpoch": ("learning rates", "the rate that begin_epoch sets is lost"),
    "RateNone": ("learning rates", "learning_rate(0) gave None"),
    "ClipZero": ("learning rates", "clip is 0"),
    "AugmentImages": ("augment", "augment gave a torch.Tensor"),
    "AugmentPair": ("augment", "augment gave a tuple"),
    "AugmentBytes": ("augment", "images of torch.uint8"),
    "AugmentFewer": ("augment", "augment gave images of shape"),
    "AugmentInPlace": ("augment", "changes the batch that it is given"),
    "AugmentLabelsInPlace": ("augment", "changes the batch that it is given"),
    "PrepareNone": ("prepare", "prepare gave None"),
    "TargetsRaise": ("loss", "labels are NaN where not coded; mask them"),
    "LossOfNaN": ("loss", "labels are NaN where not coded; mask them"),
    "LossOfNaNLandmarks": ("loss", "landmarks are NaN where not coded; mask them"),
    "MaskedTooLate": ("gradient", "mask what is NaN before computing with it, not afterwards"),
    "LossPerFrame": ("loss", "not a scalar: take its mean"),
    "LossAFloat": ("loss", "loss gave a float"),
    "LossDetached": ("gradient", "it was detached"),
    "LossInNumpy": ("loss", "loss gave a numpy.float32"),
    "LossAnInteger": ("loss", "loss gave torch.int64"),
    "DiagnosticsAList": ("loss", "diagnostics gave a list"),
    "DiagnosticsATensor": ("loss", "diagnostics gave 'mean': a torch.Tensor, not a number"),
    "ForwardRaises": ("loss", "AttributeError: 'Batch' object has no attribute 'pictures'"),
    "DecodeNumpy": ("decode", "decode gave a numpy.ndarray"),
    "DecodeSqueezes": ("decode", "decode gave shape (3,) for 1 pictures and 3 AUs, not (1, 3)"),
    "DecodeTransposed": ("decode", "decode gave shape (3, "),
    "DecodeNaN": ("decode", "decode gave a value that is not finite"),
    "DecodeBool": ("decode", "decode gave torch.bool, not numbers"),
    "ScoreNone": ("score", "score gave None, not a number"),
    "DeployNone": ("deploy", "deploy gave None"),
    "DeployOther": ("deploy", "decode after deploy gave shape"),
    # methods without torch
    "FitNone": ("fit", "fit gave None, not a Predictor"),
    "FitRaises": ("fit", "AttributeError"),
    "LoadNone": ("save and load", "load gave None, not a Predictor"),
    "EstimatesWords": ("shape", "estimate gave <U1, not numbers"),
    "EstimatesNone": ("shape", "estimate gave object, not numbers"),
    "FittedADict": ("fit", "fitted is a dict, not Fitted or None"),
    "MapsAnArray": ("heat maps", "heat_maps gave a numpy.ndarray"),
    "RaisesLater": ("repetition", "RuntimeError: too often"),
}
"""Name in ``bad_methods.py`` → the check that must fail, and what it must say."""

SOUND = ("Good", "Plain")
WRITTEN = Path(__file__).with_name("bad_methods.py")


@pytest.fixture(scope="module")
def _installed(tmp_path_factory: pytest.TempPathFactory, cache: Path) -> Iterator[None]:
    """All of them as entry points of one distribution, and a cache for the twin."""
    site = tmp_path_factory.mktemp("site")
    lines = [f"{name.lower()} = bad_plugins:{name}" for name in (*FAULTS, *SOUND)]
    entries = "\n".join(["[aubench.methods]", *lines, ""])
    install(site, "bad-plugins", entries, {"bad_plugins": WRITTEN.read_text()})
    torch.set_num_threads(1)
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(site))
        patch.setenv("AUBENCH_CACHE", str(cache))
        plugins.cache_clear()
        yield
    plugins.cache_clear()


def checked(name: str) -> tuple[int, dict[str, str]]:
    """The exit status of ``aubench check``, and check → reason of those that failed."""
    done = CliRunner().invoke(cli, ["check", name.lower()])
    assert isinstance(done.exception, SystemExit | None), done.exception
    failed = [line for line in done.output.splitlines() if line.startswith("FAIL")]
    return done.exit_code, {line[6:30].strip(): line[32:] for line in failed}


@pytest.mark.usefixtures("_installed")
@pytest.mark.parametrize("name", FAULTS)
def test_a_mistake_in_a_plugin_is_one_line_that_says_fail(name: str) -> None:
    check, reason = FAULTS[name]
    status, failed = checked(name)
    assert status == 1
    assert list(failed) == [check]
    assert reason in failed[check]


@pytest.mark.usefixtures("_installed")
@pytest.mark.parametrize("name", SOUND)
def test_a_method_without_a_mistake_passes(name: str) -> None:
    assert checked(name) == (0, {})


def test_every_mistake_is_tried() -> None:
    """No class with a summary is left out of the table."""
    written = {
        node.name
        for node in ast.parse(WRITTEN.read_text()).body
        if isinstance(node, ast.ClassDef)
        and any(
            isinstance(line, ast.Assign) and "summary" in ast.unparse(line) for line in node.body
        )
    }
    assert written - {*FAULTS} == {*SOUND}
