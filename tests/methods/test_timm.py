"""``resnet18`` and ``timm/NAME``: recipes, learning rates by layer, and where weights come from."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import pytest
import timm
import torch
from safetensors.torch import save_file

from aubench.errors import AubenchError
from aubench.experiment.methods import make_method
from aubench_methods.schedule import ScheduledRecipe
from support.command import Aubench
from support.methods import SIZE, batch_of, by_source, fan_file, settings_of, train_frames
from support.tiny import context

NAME = "mobilenetv3_small_050"
NO_ONE = "http://127.0.0.1:9"
"""An address where nothing answers."""


@pytest.fixture(autouse=True)
def _one_thread() -> None:
    torch.set_num_threads(1)


# The recipes


def test_resnet18_is_the_papers() -> None:
    """Adam, batch 48, weight decay 1e-6, cosines of 5 epochs, ±30°, 0.8–1.2, ImageNet, 256 px."""
    plain = make_method("resnet18", {})
    paper = plain.recipes()["paper"]
    assert by_source(paper) == {
        "stated": {
            **{"optimiser": "adam", "batch": 48, "weight_decay": 1e-6, "annealing": "cosine"},
            **{"cycle": 5, "rotation": 30.0, "scale": 0.2},
        },
        "assumed": {
            **{"weights": "hub", "epochs": 20, "lr": 1e-3, "flip": 0.5, "jitter": 0.2},
            **{"occlusion": 0.3, "step": 5, "warmup": 0.0, "clip": None, "layer_decay": 1.0},
            **{"drop_path": 0.0},
        },
    }
    assert settings_of(plain, "paper").learning_rate(5) == 1e-3
    assert paper.needs.size == 256
    assert settings_of(plain, "quick").weights == "none"
    run = context(Path())
    assert plain.departures(run) == ()
    random = make_method("resnet18", {"weights": "none"})
    assert random.departures(run) == ("ResNet-18 from random weights",)


@pytest.mark.parametrize(
    ("name", "rate", "decay", "drop"),
    [
        ("convnext_tiny", 1e-4, 1.0, 0.0),
        ("resnet18", 1e-4, 1.0, 0.0),
        ("vit_tiny_patch16_224", 5e-5, 0.75, 0.1),
        ("beit_base_patch16_224", 5e-5, 0.75, 0.1),
        ("deit_tiny_patch16_224", 5e-5, 0.75, 0.1),
        ("eva02_tiny_patch14_224", 5e-5, 0.75, 0.1),
    ],
)
def test_the_house_recipe(name: str, rate: float, decay: float, drop: float) -> None:
    """AdamW, weight decay .05, batch 64, 20 epochs, 5 % warm-up, cosine, clip 1."""
    method = make_method(f"timm/{name}", {})
    house = settings_of(method, "house")
    assert (house.optimiser, house.lr, house.weight_decay) == ("adamw", rate, 0.05)
    assert (house.batch, house.epochs, house.warmup, house.clip) == (64, 20, 0.05, 1.0)
    assert (house.annealing, house.layer_decay, house.drop_path) == ("cosine", decay, drop)
    assert by_source(method.recipes(name)["house"])["stated"] == {}
    quick = settings_of(method, "quick")
    assert (quick.weights, quick.epochs, quick.batch, quick.lr) == ("none", 10, 16, 1e-3)
    assert "paper" not in method.recipes(name)


def test_the_learning_rate_rises_then_falls() -> None:
    """Over the first tenth of 10 epochs in proportion; a cosine, steps, or nothing beside it."""
    plain, warm = (ScheduledRecipe(epochs=10, lr=1.0, cycle=0, warmup=w) for w in (0.0, 0.1))
    assert [warm.learning_rate(p) for p in (0, 1, 6)] == [0, *map(plain.learning_rate, (1, 6))]
    assert warm.learning_rate(0.25) == pytest.approx(plain.learning_rate(0.25) / 4)
    steps = ScheduledRecipe(epochs=10, lr=1.0, annealing="step", step=3)
    assert [steps.learning_rate(p) for p in (0, 2.9, 3, 6, 9.5)] == pytest.approx(
        [1, 1, 0.1, 0.01, 0.001]
    )
    assert ScheduledRecipe(epochs=10, lr=1.0, annealing="none").learning_rate(9.9) == 1
    for settings in ({"step": "0"}, {"warmup": "2"}, {"warmup": "-1"}):
        with pytest.raises(AubenchError, match="step="):
            make_method("resnet18", settings)


# The optimiser


def groups(name: str, **settings: str) -> dict[str, tuple[float, float]]:
    """Learning rate and weight decay of every parameter of a network."""
    method: Any = make_method(f"timm/{name}", {"weights": "none", "lr": "1", **settings})
    network = method.build((1, 12), SIZE)
    names = {id(parameter): key for key, parameter in network.named_parameters()}
    return {
        names[id(parameter)]: (group["lr"], group["weight_decay"])
        for group in method.optimizer(network).param_groups
        for parameter in group["params"]
    }


def test_layers_near_the_picture_learn_slower() -> None:
    """Twelve blocks: the head learns at 1, block b at .75^(12 − b), the patches at .75^13."""
    rates = groups("vit_tiny_patch16_224", optimiser="adamw", layer_decay="0.75", weight_decay=".1")
    assert rates["model.head.weight"] == (1, 0.1)
    assert rates["model.head.bias"] == (1, 0)
    for block in (0, 5, 11):
        found = rates[f"model.blocks.{block}.mlp.fc1.weight"]
        assert found == pytest.approx((0.75 ** (12 - block), 0.1))
    assert rates["model.patch_embed.proj.weight"] == pytest.approx((0.75**13, 0.1))
    assert rates["model.pos_embed"] == pytest.approx((0.75**13, 0))
    network: Any = timm.create_model("vit_tiny_patch16_224", num_classes=2)
    assert len(rates) == sum(1 for _ in network.parameters())


def test_adam_penalises_every_parameter_alike() -> None:
    rates = groups("resnet18", weight_decay="0.1")
    assert set(rates.values()) == {(1, 0.1)}
    decoupled = groups("resnet18", weight_decay="0.1", optimiser="adamw")
    assert decoupled["model.bn1.weight"] == (1, 0)
    assert decoupled["model.fc.weight"] == (1, 0.1)


def test_paths_drop_in_training_only() -> None:
    method: Any = make_method("timm/vit_tiny_patch16_224", {"weights": "none", "drop_path": "0.5"})
    method.check(context(Path()))
    network = method.build((1, 12), SIZE)
    images = batch_of(train_frames()).images
    with torch.no_grad():
        assert not torch.equal(network(images), network(images))
        network.eval()
        assert torch.equal(network(images), network(images))


@pytest.mark.parametrize(
    ("settings", "what"),
    [
        ({"clip": "0"}, "clip=0"),
        ({"layer_decay": "0"}, "layer_decay=0"),
        ({"layer_decay": "1.1"}, "layer_decay=1.1"),
        ({"drop_path": "1"}, "drop_path=1"),
        ({"optimiser": "sgd"}, "optimiser=sgd"),
    ],
)
def test_settings_out_of_range_are_refused(settings: dict[str, str], what: str) -> None:
    with pytest.raises(AubenchError, match=what):
        make_method("resnet18", settings)


def test_a_network_without_paths_says_so() -> None:
    method = make_method("timm/vgg11", {"weights": "none", "drop_path": "0.1"})
    with pytest.raises(AubenchError, match="vgg11 has no paths to drop"):
        method.check(context(Path()))
    assert make_method("timm/vgg11", {}).settings.clip is None  # type: ignore[attr-defined]  # any Method


# Where weights come from


def test_weights_come_from_a_file(tmp_path: Path) -> None:
    model = timm.create_model(NAME, pretrained=False)
    path = tmp_path / "model.safetensors"
    save_file(model.state_dict(), path)
    method: Any = make_method(f"timm/{NAME}", {"weights": str(path)})
    run = context(tmp_path / "fit")
    method.check(run)
    assert method.ingredients() == {"weights": hashlib.sha256(path.read_bytes()).hexdigest()}
    network = method.build((1, 12), SIZE)
    method.initialise(network, SIZE)
    for key, value in network.model.state_dict().items():
        assert torch.equal(value, model.state_dict()[key]) or key.startswith("classifier")
    for weights, what in (
        (tmp_path / "gone.safetensors", r"gone\.safetensors"),
        (fan_file(tmp_path / "fan.safetensors"), f"not weights of {NAME}"),
    ):
        with pytest.raises(AubenchError, match=what):
            make_method(f"timm/{NAME}", {"weights": str(weights)}).check(run)
    with pytest.raises(AubenchError, match="no network 'resnet19'; did you mean timm/resnet1"):
        make_method("timm/resnet19", {}).check(run)


CHECK = f"""
import sys, time
from pathlib import Path
from aubench.experiment.methods import make_method
from aubench.method import RunContext
method = make_method("timm/{NAME}", {{}})
start = time.perf_counter()
method.check(RunContext((1, 12), Path(".")))
network = method.build((1, 12), {SIZE})
method.initialise(network, {SIZE})
print(*method.ingredients().values(), network.model.conv_stem.weight.double().sum().item())
"""


def checked(cache: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """A process of its own that loads weights from the hub: its client reads the environment once.

    It prints the hash of the weights, and a sum of some.
    """
    return subprocess.run(
        [sys.executable, "-c", CHECK],
        env={**os.environ, "HF_HOME": str(cache), **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


@pytest.mark.slow
@pytest.mark.parametrize(
    ("environment", "reason"),
    [
        ({"HF_HUB_OFFLINE": "1"}, "HF_HUB_OFFLINE is set, and they are not in its cache"),
        ({"HF_ENDPOINT": NO_ONE}, f"{NO_ONE} cannot be reached: "),
    ],
)
def test_the_hub_out_of_reach_is_told_at_once(
    environment: dict[str, str], reason: str, tmp_path: Path
) -> None:
    done = checked(tmp_path, **environment)
    *_, last = done.stderr.strip().splitlines()
    assert f"AubenchError: no pre-trained weights of {NAME} from the hub ({reason}" in last
    assert "--set weights=FILE" in last
    assert "Retrying" not in done.stderr


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("gcvit_tiny", "it has none there"),
        ("resnet18.imagenet", r"Invalid pretrained tag \(imagenet\)"),
    ],
)
def test_a_network_without_weights_on_the_hub_says_so(name: str, reason: str) -> None:
    method = make_method(f"timm/{name}", {})
    with pytest.raises(AubenchError, match=f"weights of {name} from the hub .*{reason}"):
        method.check(context(Path()))
    assert method.ingredients() == {}


@pytest.mark.slow
def test_weights_of_another_revision_are_another_run(tmp_path: Path, aubench: Aubench) -> None:
    """Two caches as the hub's client keeps them, each with another commit of the same file."""
    run = ("run", "--method", f"timm/{NAME}", "--protocol", "disfa3fold", "--epochs", 1)
    run = (*run, "--twin-size", 64, "--twin-frames", 6, "--device", "cpu", "--set", "weights=hub")
    model = timm.create_model(NAME, pretrained=False)
    found = []
    for commit in ("1" * 40, "2" * 40):
        kept = tmp_path / commit / "hub" / f"models--{REPOSITORY.replace('/', '--')}"
        (kept / "refs").mkdir(parents=True)
        (kept / "refs" / "main").write_text(commit)
        file = kept / "snapshots" / commit / "model.safetensors"
        file.parent.mkdir(parents=True)
        save_file(model.state_dict(), file, metadata={"format": "pt"})
        environment = {"HF_HOME": str(tmp_path / commit), "HF_HUB_OFFLINE": "1"}
        done = aubench(*run, "--fold", 0, "--partial", **environment)
        assert done.returncode == 0, done.stderr
        run_id = done.stdout.split("→ ")[1].split()[0][-12:]
        (path,) = tmp_path.glob(f"runs/*/*/{run_id}/record.json")
        record = json.loads(path.read_text())
        assert record["method"]["ingredients"] == {
            "weights": hashlib.sha256(file.read_bytes()).hexdigest(),
            "weights from": f"{REPOSITORY}@{commit}",
        }
        found.append(record)
    one, other = found
    assert one["run_id"] != other["run_id"]
    assert one["moments"] == other["moments"]


class Hub(BaseHTTPRequestHandler):
    """The Hugging Face hub with one repository of one file, and a list of what was asked for."""

    content: ClassVar[bytes]
    asked: ClassVar[list[str]] = []

    def do_HEAD(self) -> None:
        self.asked.append(self.path)
        found = self.path.endswith(f"{REPOSITORY}/resolve/main/model.safetensors")
        self.send_response(200 if found or self.path in ("", "/") else 404)
        if found:
            self.send_header("ETag", f'"{hashlib.sha256(self.content).hexdigest()}"')
            self.send_header("X-Repo-Commit", "0" * 40)
            self.send_header("Content-Length", str(len(self.content)))
        self.end_headers()

    def do_GET(self) -> None:
        self.do_HEAD()
        self.wfile.write(self.content)

    def log_message(self, *_: object) -> None:
        """Nothing on the screen."""


REPOSITORY = timm.get_pretrained_cfg(NAME).hf_hub_id


@pytest.fixture
def hub() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Hub)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.mark.slow
def test_weights_are_fetched_once_and_named_by_their_hash_and_revision(
    hub: str, tmp_path: Path
) -> None:
    """Then the cache is enough: with the hub away, and with its client told to stay offline."""
    torch.manual_seed(5)
    model: Any = timm.create_model(NAME, pretrained=False)
    path = tmp_path / "model.safetensors"
    save_file(model.state_dict(), path, metadata={"format": "pt"})
    Hub.content = path.read_bytes()
    digest = hashlib.sha256(Hub.content).hexdigest()
    total = model.conv_stem.weight.double().sum().item()
    for environment in ({"HF_ENDPOINT": hub}, {"HF_ENDPOINT": NO_ONE}, {"HF_HUB_OFFLINE": "1"}):
        done = checked(tmp_path / "cache", **environment)
        assert done.returncode == 0, done.stderr
        found, origin, summed = done.stdout.split()
        assert found == digest
        assert origin == f"{REPOSITORY}@{'0' * 40}"
        assert float(summed) == pytest.approx(total)
    assert any("model.safetensors" in path for path in Hub.asked)
