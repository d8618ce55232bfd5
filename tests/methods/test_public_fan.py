"""face-alignment's public network as a backbone: its size, its files, and what uses it."""

from __future__ import annotations

import collections
import hashlib
import io
import pickle
import sys
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file
from torch import Tensor, nn
from torch.nn import functional

from aubench import cli
from aubench.crops.crop import CropInfo, crop_info
from aubench.errors import AubenchError
from aubench.experiment.methods import make_method
from aubench_methods.fan import public_weights
from aubench_methods.fan.public_network import PublicFan
from aubench_methods.fan.public_weights import read_public_fan
from aubench_methods.fan.weights import Training
from aubench_methods.ntinou2020.adapt import AdaptedNetwork
from support.methods import configured, fan_file, train_frames, valid_frames
from support.tiny import context
from support.trees.disfa_tree import write_disfa


@pytest.fixture(autouse=True)
def _one_thread() -> None:
    torch.set_num_threads(1)


@pytest.fixture(scope="module")
def network() -> PublicFan:
    """The architecture with random weights, its statistics as if it had been trained."""
    torch.manual_seed(5)
    made = PublicFan()
    for name, buffer in made.named_buffers():
        if name.endswith(("mean", "var")):
            buffer.add_(0.2 * torch.rand(buffer.shape))
    return made.eval()


@pytest.fixture(scope="module")
def archive(network: PublicFan, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A traced archive, as the package has published since release 1.3."""
    path = tmp_path_factory.mktemp("zip") / "2DFAN4-0123456789.zip"
    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore", DeprecationWarning)
        traced = torch.jit.trace(network, torch.rand(1, 3, 64, 64), check_trace=False)
        torch.jit.save(traced, path)
    return path


def parameters(module: nn.Module) -> int:
    return sum(p.numel() for p in module.parameters())


# The network


def test_it_has_the_size_of_its_layers() -> None:
    """Layer by layer; 4 bytes each make the 91 MiB that the published files have."""

    def conv(inputs: int, outputs: int, kernel: int = 1, bias: bool = True) -> int:
        return kernel**2 * inputs * outputs + bias * outputs

    def block(inputs: int, outputs: int) -> int:
        half, quarter = outputs // 2, outputs // 4
        norms = 2 * (inputs + half + quarter)
        convs = conv(inputs, half, 3, False) + conv(half, quarter, 3, False)
        convs += conv(quarter, quarter, 3, False)
        side = 0 if inputs == outputs else 2 * inputs + conv(inputs, outputs, 1, False)
        return norms + convs + side

    stem = conv(3, 64, 7) + 2 * 64 + block(64, 128) + block(128, 128) + block(128, 256)
    stack = (3 * 4 + 1) * block(256, 256)  # three blocks a level and one at the bottom
    head = block(256, 256) + conv(256, 256) + 2 * 256 + conv(256, 68)
    between = conv(256, 256) + conv(68, 256)
    whole = stem + 4 * (stack + head) + 3 * between
    with torch.device("meta"):
        assert parameters(PublicFan()) == whole
        adapted = AdaptedNetwork(12, "conv-bn-relu", "nearest", fan=PublicFan())
        usual = AdaptedNetwork(12, "conv-bn-relu", "nearest")
    assert whole * 4 / 2**20 == pytest.approx(91, abs=0.2)
    layers = parameters(usual) - parameters(usual.fan)
    assert parameters(adapted) - whole == layers + 128 * 128  # the tap is twice as wide


def test_it_computes_what_the_papers_figure_shows(network: PublicFan) -> None:
    """Against functions written out with the weights' published names."""
    state = network.state_dict()

    def norm(x: Tensor, name: str) -> Tensor:
        mean, var = state[f"{name}.running_mean"], state[f"{name}.running_var"]
        return functional.batch_norm(x, mean, var, state[f"{name}.weight"], state[f"{name}.bias"])

    def conv(x: Tensor, name: str, padding: int = 0, stride: int = 1) -> Tensor:
        weight, bias = state[f"{name}.weight"], state.get(f"{name}.bias")
        return functional.conv2d(x, weight, bias, stride, padding)

    def block(x: Tensor, name: str) -> Tensor:
        seen = [x]
        for k in (1, 2, 3):
            seen.append(conv(norm(seen[-1], f"{name}.bn{k}").relu(), f"{name}.conv{k}", padding=1))
        if f"{name}.downsample.0.weight" in state:
            x = conv(norm(x, f"{name}.downsample.0").relu(), f"{name}.downsample.2")
        return torch.cat(seen[1:], dim=1) + x

    def hourglass(x: Tensor, name: str, level: int = 4) -> Tensor:
        low = block(functional.avg_pool2d(x, 2), f"{name}.b2_{level}")
        low = hourglass(low, name, level - 1) if level > 1 else block(low, f"{name}.b2_plus_1")
        low = block(low, f"{name}.b3_{level}")
        return block(x, f"{name}.b1_{level}") + low.repeat_interleave(2, 2).repeat_interleave(2, 3)

    images = torch.rand(1, 3, 64, 64)
    with torch.no_grad():
        x = block(norm(conv(images, "conv1", 3, 2), "bn1").relu(), "conv2")
        tap = x = block(block(functional.avg_pool2d(x, 2), "conv3"), "conv4")
        for stack in range(4):
            top = block(hourglass(x, f"m{stack}"), f"top_m_{stack}")
            top = norm(conv(top, f"conv_last{stack}"), f"bn_end{stack}").relu()
            maps = conv(top, f"l{stack}")
            if stack < 3:
                x = x + conv(top, f"bl{stack}") + conv(maps, f"al{stack}")
        torch.testing.assert_close(network.features(images), tap, atol=1e-4, rtol=1e-4)
        torch.testing.assert_close(network(images), maps, atol=1e-4, rtol=1e-4)


# Its files


def old_state_dict(path: Path, network: PublicFan) -> None:
    """As torch 0.3 wrote it: no zip, no counters of batches."""
    state = {k: v for k, v in network.state_dict().items() if not k.endswith("batches_tracked")}
    torch.save(collections.OrderedDict(state), path, _use_new_zipfile_serialization=False)


def new_state_dict(path: Path, network: PublicFan) -> None:
    torch.save(network.state_dict(), path)


@pytest.mark.parametrize("write", [old_state_dict, new_state_dict])
def test_a_state_dict_is_read(tmp_path: Path, network: PublicFan, write: Any) -> None:
    write(tmp_path / "fan.pth.tar", network)
    found = read_public_fan(tmp_path / "fan.pth.tar", published=False)
    assert found.keys() == network.state_dict().keys()
    assert all(torch.equal(found[k], v) for k, v in network.state_dict().items())


def test_a_torchscript_archive_is_read_without_its_programs(
    tmp_path: Path, network: PublicFan, archive: Path
) -> None:
    found = read_public_fan(archive, published=False)
    assert found.keys() == network.state_dict().keys()
    assert all(torch.equal(found[k], v) for k, v in network.state_dict().items())
    bare = tmp_path / "bare.zip"
    with zipfile.ZipFile(archive) as old, zipfile.ZipFile(bare, "w") as new:
        for name in old.namelist():
            if "/code/" not in name:
                new.writestr(name, old.read(name))
    assert torch.equal(read_public_fan(bare, published=False)["l3.bias"], found["l3.bias"])


class Bomb:
    """Unpickled, it would write a file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, ...]:
        return (Path.touch, (self.path,))


def small_archive(path: Path, tree: bytes, numbers: bytes = bytes(4), kind: int = 0) -> Path:
    """A TorchScript archive with one storage."""
    with zipfile.ZipFile(path, "w", kind) as archive:
        for name, data in {"constants.pkl": b".", "data.pkl": tree, "data/0": numbers}.items():
            archive.writestr(f"fan/{name}", data)
    return path


GLOBAL_CALL = b"\x80\x02cposix\nsystem\nX\x04\x00\x00\x00true\x85R."
FORGED_SIZE = (
    b"\x80\x02c__torch__.M\nM\n)\x81}(X\x06\x00\x00\x00weightctorch._utils\n_rebuild_tensor_v2\n"
    b"((X\x07\x00\x00\x00storagectorch\nFloatStorage\nX\x01\x00\x00\x000X\x03\x00\x00\x00cpu"
    b"K\x01tQK\x00(J\xff\xff\xff\x7ft(K\x01t\x89ccollections\nOrderedDict\n)RtRub."
)
FORGED_COUNT = FORGED_SIZE.replace(b"K\x01tQ", b"K\x00tQ")
MALICIOUS: dict[str, tuple[bytes, str]] = {
    "a call": (GLOBAL_CALL, r"it asks for posix\.system"),
    "a pickled object": (pickle.dumps(Bomb(Path("exploded")), 4), "an opcode"),
    "an old pickled object": (pickle.dumps(Bomb(Path("exploded")), 2), "it asks for "),
    "memory for memos": (b"\x80\x02}r\xff\xff\xff\x7f.", "too many memos"),
    "a tensor beyond its numbers": (FORGED_SIZE, "setStorage: sizes"),
    "more numbers than counted": (FORGED_COUNT, "larger than 0 bytes"),
    "no end": (b"\x80\x02}", "not a TorchScript archive"),
    "no module": (b"\x80\x02}.", "not a TorchScript archive"),
    "no tensors": (b"\x80\x02c__torch__.M\nM\n)\x81}b.", r"it lacks conv1\.weight"),
}


@pytest.mark.parametrize(("tree", "what"), MALICIOUS.values(), ids=MALICIOUS)
def test_a_malicious_archive_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tree: bytes, what: str
) -> None:
    monkeypatch.chdir(tmp_path)
    path = small_archive(tmp_path / "bad.zip", tree)
    with pytest.raises(AubenchError, match=what) as caught:
        read_public_fan(path, published=False)
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "exploded").exists()


def test_other_files_are_refused(tmp_path: Path, network: PublicFan, archive: Path) -> None:
    path = tmp_path / "bad"
    cases: list[tuple[Callable[[], object], str]] = [
        (lambda: path.write_bytes(pickle.dumps(Bomb(tmp_path / "exploded"))), "not a file of wei"),
        (lambda: torch.save({"conv1.weight": Bomb(tmp_path / "exploded")}, path), "not a file of"),
        (lambda: torch.save({"conv1.weight": torch.zeros(1)}, path), "it lacks conv1.bias"),
        (lambda: torch.save(network.state_dict() | {"x": torch.zeros(1)}, path), "its x does not"),
        (
            lambda: small_archive(path, FORGED_SIZE, bytes(1 << 20), zipfile.ZIP_DEFLATED),
            "is compressed or larger",
        ),
        (lambda: path.write_bytes(archive.read_bytes()[:100_000]), "not a file of weights"),
        (lambda: path.write_bytes(b""), "not a file of weights"),
    ]
    for write, what in cases:
        write()
        with pytest.raises(AubenchError, match=what):
            read_public_fan(path, published=False)
    buffer = io.BytesIO()
    torch.save({"conv1.weight": torch.zeros(1 << 20)}, buffer)
    path.with_suffix(".zip").write_bytes(buffer.getvalue())
    packed = zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED)
    with zipfile.ZipFile(path.with_suffix(".zip")) as old, packed as new:
        for name in old.namelist():
            new.writestr(name, old.read(name))
    with pytest.raises(AubenchError, match=r"compressed, which torch\.save never does"):
        read_public_fan(path, published=False)
    assert not (tmp_path / "exploded").exists()


def test_only_a_published_file_passes_for_one(
    archive: Path, network: PublicFan, monkeypatch: pytest.MonkeyPatch
) -> None:
    digest = hashlib.sha256(archive.read_bytes()).hexdigest()
    with pytest.raises(AubenchError, match=f"SHA-256 begins with {digest[:10]}"):
        read_public_fan(archive, published=True)
    monkeypatch.setitem(public_weights.PUBLISHED, digest[:10], archive.name)
    assert read_public_fan(archive, published=True).keys() == network.state_dict().keys()
    for prefix, name in public_weights.PUBLISHED.items():
        assert f"-{prefix}." in name or name == archive.name


# What uses it


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """The network as if it had learned from pictures of 64 pixels, to save time."""
    training = Training(size=64, recipe="fan", parameters={}, synthetic=False)
    monkeypatch.setattr(public_weights, "TRAINING", training)


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize(
    "name", ["adapt", *(pytest.param(n, marks=pytest.mark.slow) for n in ("attention", "finetune"))]
)
def test_methods_learn_over_it(
    name: str, tmp_path: Path, network: PublicFan, archive: Path
) -> None:
    method = make_method(name, {"fan": f"2dfan4-other:{archive}", "epochs": "1", "batch": "4"})
    run = context(tmp_path / "fit", synthetic=False)
    method.check(run)
    digest = hashlib.sha256(archive.read_bytes()).hexdigest()
    assert (method.ingredients(), method.synthetic_parts()) == ({"fan": digest}, ())
    predictor = method.fit(train_frames().select([0, 1, 4]), valid_frames().select([0, 1]), run)
    frames = valid_frames().unlabelled().select([2, 3])
    values = predictor.predict(frames)
    predictor.save(tmp_path / "kept")
    kept = load_file(tmp_path / "kept" / "predictor.safetensors")
    state = network.state_dict()
    if name == "finetune":
        assert kept["l3.weight"].shape == (2, 256, 1, 1)
        assert not any(torch.equal(kept[k], state[k]) for k in ("conv1.weight", "l0.weight"))
    else:
        assert all(torch.equal(kept[f"fan.{k}"], v) for k, v in state.items())
        fitted: Any = predictor.fitted
        assert fitted.parameters - fitted.learnable == parameters(network)
    again = make_method(name, {"fan": f"2dfan4-other:{archive}"}).load(tmp_path / "kept", run)
    assert again.predict(frames).tobytes() == values.tobytes()


def test_a_fine_tuned_network_starts_as_the_public_one(
    archive: Path, network: PublicFan, monkeypatch: pytest.MonkeyPatch, small: None
) -> None:
    method: Any = make_method("finetune", {"fan": f"2dfan4-other:{archive}"})
    made = method.build((1, 12), 64)
    method.initialise(made, 64)
    state = network.state_dict()
    kept = {name for name, value in made.state_dict().items() if not name.startswith("l3.")}
    assert all(torch.equal(made.state_dict()[name], state[name]) for name in kept)
    assert len(state) - len(kept) == 2


def test_what_cannot_use_it_says_so(archive: Path, tmp_path: Path) -> None:
    run = context(tmp_path / "fit", synthetic=False)
    named = {"fan": f"2dfan4-other:{archive}", "epochs": "1"}
    with pytest.raises(AubenchError, match="reparam mixes the filters of the paper's own FAN"):
        make_method("reparam", named).fit(train_frames(), valid_frames(), run)
    with pytest.raises(AubenchError, match=r"size 256, where 64 is needed; .*--size 256"):
        make_method("adapt", named).fit(train_frames(), valid_frames(), run)
    with pytest.raises(AubenchError, match="none of face-alignment's files"):
        large = train_frames(size=256).select([0])
        make_method("adapt", named | {"fan": f"2dfan4:{archive}"}).fit(large, large, run)
    gone = make_method("adapt", {"fan": f"2dfan4:{tmp_path / 'gone.zip'}"})
    with pytest.raises(AubenchError, match=r"gone\.zip: no such file"):
        gone.ingredients()


# Crops


def test_a_fan_of_other_crops_is_refused_unless_told(tmp_path: Path) -> None:
    fan = fan_file(tmp_path / "fan.safetensors")
    tight, affine = crop_info("tight"), crop_info("affine3")
    wide = CropInfo(name="tight", parameters=tight.parameters | {"margin": 0.4})

    def check(text: str | Path, *recipes: CropInfo) -> None:
        method = configured("adapt", Path(text)) if isinstance(text, Path) else None
        method = method or make_method("adapt", {"fan": text})
        method.check(context(tmp_path, synthetic=True, crops=recipes))

    check("synthetic", tight)
    check(fan, tight)
    check(fan)
    for recipe, shown in ((affine, "affine3"), (wide, "tight margin=0.4")):
        for text in (fan, "synthetic"):
            with pytest.raises(AubenchError, match=f"the pack's are cropped {shown}") as caught:
                check(text, tight, recipe)
            assert "--recipe tight" in str(caught.value)
        check(f"any-crop:{fan}", recipe)
        check("any-crop:synthetic", recipe)
    public_fan = "2dfan4-other:2DFAN4.zip"
    with pytest.raises(AubenchError, match=f"insist: --set fan=any-crop:{public_fan}"):
        check(public_fan, tight)
    check(f"any-crop:{public_fan}", tight)
    check("2dfan4-other:any-crop:2DFAN4.zip", tight)
    check(public_fan, CropInfo(name="fan"))


def test_a_run_on_a_pack_of_other_crops_is_refused_before_it_begins(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def call(*arguments: object) -> tuple[int, str]:
        monkeypatch.setattr(sys, "argv", ["aubench", *map(str, arguments)])
        with pytest.raises(SystemExit) as left:
            cli.main()
        return int(left.value.code or 0), capfd.readouterr().err

    monkeypatch.setenv("AUBENCH_CONFIG", str(tmp_path / "none.toml"))
    source, pack = write_disfa(tmp_path / "DISFA", ("SN001", "SN002")), tmp_path / "pack"
    options = ("--recipe", "affine3", "--size", 64, "--workers", 1)
    assert call("prepare", "disfa", source, pack, *options)[0] == 0
    run = ("run", "--method", "adapt", "--protocol", "disfa3fold", "--pack", pack, "--partial")
    told = ("--set", "allow_synthetic_fan=true", "--device", "cpu", "--results", tmp_path / "runs")
    status, error = call(*run, *told)
    assert status == 2
    assert "cropped tight margin=0.2, and the pack's are cropped affine3" in error
    assert not list(tmp_path.glob("runs/**/*.safetensors"))
