"""Files that a power cut emptied or cut off: the same command again makes them anew."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from aubench.cli import cli
from aubench.io.notice import notice
from aubench.synthetic.corpora.disfa_tree import DisfaTree
from support.command import Aubench
from support.tiny import RECIPE, Tiny, context, train_frames, valid_frames

TINY = ("--twin-size", "64", "--twin-frames", "6", "--device", "cpu", "--results", "runs")
SUBJECTS = ("SN001", "SN002")


@pytest.fixture
def here(tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to work in, with the twin that all tests share."""
    monkeypatch.setenv("AUBENCH_CACHE", str(cache))
    monkeypatch.setenv("AUBENCH_CONFIG", str(tmp_path / "none.toml"))
    monkeypatch.chdir(tmp_path)
    notice.cache_clear()
    return tmp_path


def run(method: str, *more: str) -> Result:
    arguments = ["run", "--method", method, "--protocol", "disfa3fold", *TINY, *more]
    done = CliRunner().invoke(cli, arguments)
    assert done.exit_code == 0, done.output
    return done


def damage(path: Path, how: str) -> None:
    data = path.read_bytes()
    path.write_bytes(
        {"emptied": b"", "cut": data[: len(data) // 2], "zeros": bytes(len(data))}[how]
    )


@pytest.mark.slow
@pytest.mark.parametrize("how", ["emptied", "cut", "zeros"])
def test_each_file_of_a_finished_run_is_made_anew_with_the_same_values(
    here: Path, how: str, caplog: pytest.LogCaptureFixture
) -> None:
    run("mean")
    (folder,) = (here / "runs/disfa3fold/mean").iterdir()
    scores = json.loads((folder / "record.json").read_text())["scores"]
    for name in ("fold-1/predictions.parquet", "fold-1/fold.json", "record.json",
                 "predictions.parquet"):  # fmt: skip
        before = (folder / name).read_bytes()
        damage(folder / name, how)
        run("mean")
        assert name in caplog.text
        caplog.clear()
        notice.cache_clear()
        if name.endswith("parquet"):
            assert (folder / name).read_bytes() == before
        assert json.loads((folder / "record.json").read_text())["scores"] == scores
    times = {path: path.stat().st_mtime_ns for path in folder.rglob("*") if path.is_file()}
    run("mean")
    assert {p: p.stat().st_mtime_ns for p in folder.rglob("*") if p.is_file()} == times


def test_what_a_later_version_wrote_is_not_done_again(here: Path) -> None:
    run("mean")
    (path,) = (here / "runs").rglob("record.json")
    later = json.dumps(json.loads(path.read_text()) | {"schema_version": 999})
    path.write_text(later)
    done = CliRunner().invoke(cli, ["run", "--method", "mean", "--protocol", "disfa3fold", *TINY])
    assert "upgrade aubench" in str(done.exception)
    assert path.read_text() == later


@pytest.mark.parametrize("how", ["emptied", "cut"])
@pytest.mark.parametrize("name", ["checkpoint", "best-0001"])
def test_a_fit_whose_checkpoint_is_damaged_begins_again(
    tmp_path: Path, name: str, how: str, caplog: pytest.LogCaptureFixture
) -> None:
    class StopError(Exception):
        pass

    class Stopper:
        def report(self, event: str, **values: object) -> None:
            if event == "epoch":
                raise StopError

    notice.cache_clear()
    whole = Tiny(RECIPE).fit(train_frames(), valid_frames(), context(tmp_path / "whole"))
    with pytest.raises(StopError):
        Tiny(RECIPE).fit(
            train_frames(), valid_frames(), context(tmp_path / "fit", monitor=Stopper())
        )
    damage(tmp_path / "fit" / f"{name}.safetensors", how)
    again = Tiny(RECIPE).fit(train_frames(), valid_frames(), context(tmp_path / "fit"))
    frames = valid_frames().unlabelled()
    assert again.predict(frames).tobytes() == whole.predict(frames).tobytes()
    assert f"the fit begins again: {tmp_path / 'fit' / name}.safetensors" in caplog.text


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tree")
    DisfaTree(0, 2, 128, 96).write(folder, SUBJECTS)
    return folder


@pytest.mark.parametrize("how", ["emptied", "cut"])
@pytest.mark.parametrize(
    "name", ["shards/SN001.arrow", "shards/SN001.json", "manifest.json", "options.json"]
)
def test_a_damaged_pack_is_mended_by_the_command_that_made_it(
    here: Path, tree: Path, name: str, how: str
) -> None:
    arguments = ["prepare", "disfa", str(tree), "pack", "--size", "32", "--workers", "1"]
    arguments += ["--subjects", ",".join(SUBJECTS)]
    assert CliRunner().invoke(cli, arguments).exit_code == 0
    before = {path: path.read_bytes() for path in (here / "pack").rglob("*") if path.is_file()}
    damage(here / "pack" / name, how)
    done = CliRunner().invoke(cli, arguments)
    assert done.exit_code == 0, done.output
    assert {p: p.read_bytes() for p in (here / "pack").rglob("*") if p.is_file()} == before or (
        name == "options.json"  # the manifest says the same, and the pack is finished
    )
    assert CliRunner().invoke(cli, ["pack", "verify", "pack"]).exit_code == 0


@pytest.mark.slow
@pytest.mark.parametrize("name", ["pack/shards/SN001.arrow", "pack/manifest.json"])
def test_a_damaged_twin_is_made_again(
    aubench: Aubench, tmp_path: Path, cache: Path, name: str
) -> None:
    command = ("run", "--method", "mean", "--protocol", "disfa3fold",
               "--twin-size", 64, "--twin-frames", 2)  # fmt: skip
    (tmp_path / "cache").mkdir()
    environment = {"AUBENCH_CACHE": str(tmp_path / "cache")}
    environment |= {"NUMBA_CACHE_DIR": str(cache / "numba")}
    first = aubench(*command, **environment)
    assert first.returncode == 0, first.stderr
    (twin,) = (tmp_path / "cache/twins").iterdir()
    damage(twin / name, "emptied")
    (twin / "tree").mkdir()  # and a process was killed at its end
    again = aubench(*command, **environment)
    assert again.returncode == 0, again.stderr
    assert f"made again: {twin / name}" in again.stderr
    assert [path.name for path in twin.iterdir()] == ["pack"]
    said = [line for line in first.stdout.splitlines() if "fingerprint" in line]
    assert said == [line for line in again.stdout.splitlines() if "fingerprint" in line]
