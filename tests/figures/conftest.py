"""Runs of small synthetic faces that the tests of ``aubench study`` share."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from click.testing import CliRunner

from aubench.cli import cli
from aubench.experiment import run as harness
from aubench.experiment.plan import make_plan
from aubench.frames import LabelledFrames
from aubench.method import Fitted, Predictor, RunContext
from aubench.monitor import Silence
from aubench.pack.pack import Pack
from aubench.registry import find
from aubench.training.checkpoint import Identity
from aubench.training.predictor import TorchPredictor, make_fabric, set_up
from aubench_methods.ntinou2020.scratch import Scratch
from support.studied import TWIN, Call, trained_folder


@pytest.fixture(scope="session")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("study")


@pytest.fixture(scope="session")
def call(base: Path, cache: Path) -> Call:
    """The command line in this process; mistakes are raised."""

    def invoke(*arguments: object) -> str:
        environment = {"AUBENCH_CACHE": str(cache), "AUBENCH_CONFIG": str(base / "none.toml")}
        torch.set_num_threads(1)
        done = CliRunner().invoke(cli, [*map(str, arguments)], env=environment)
        if done.exception:
            raise done.exception
        return done.stdout

    return invoke


class Untrained(Scratch):
    """``scratch`` with a random network: what a study shows does not depend on learning."""

    def fit(self, train: LabelledFrames, valid: LabelledFrames, run: RunContext) -> Predictor:
        torch.manual_seed(run.seed)
        people = tuple(train.keys["subject"].unique())
        fabric = make_fabric(run)
        network = set_up(self.deploy(self.build(run.aus, train.size)), fabric)
        identity = Identity(
            "scratch", {}, run.aus, train.size, run.seed, run.precision, people, len(train)
        )
        return TorchPredictor(self, network, fabric, identity, Fitted())


@pytest.fixture(scope="session")
def run(call: Call, base: Path, pack: Path) -> Path:
    """A run of ``scratch``, which has maps."""
    plan = make_plan(
        "scratch", Untrained(), find("protocols", "disfa3fold"), {"disfa": Pack.open(pack)},
        seed=0, precision="32-true", results=base / "runs",
    )  # fmt: skip
    harness.run(plan, "cpu", lambda _: Silence())
    return plan.folder


@pytest.fixture(scope="session")
def svr(call: Call, base: Path) -> Path:
    """A run of ``geometric-svr``, which sees nothing but landmarks."""
    svr = ("run", "--method", "geometric-svr", "--set", "c=10")
    call(*svr, *TWIN, "--results", base / "runs")
    return trained_folder(base / "runs", "10")


@pytest.fixture(scope="session")
def pack(svr: Path, cache: Path) -> Path:
    """What it was tested on."""
    (found,) = (cache / "twins").glob("disfa-64px-6f-seed0-v[0-9]/pack")
    return found
