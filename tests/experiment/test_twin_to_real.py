"""Trained on a synthetic twin, tested on real faces: through the command line."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest

from aubench.corpora.disfa import facts
from aubench.evaluation.checks.plausible import implausible
from aubench.evaluation.records import Record
from aubench.evaluation.run_id import run_id_of
from aubench.pack.pack import Pack
from aubench.registry import find
from support.command import Aubench
from support.make_records import make_record
from support.trees.disfa_tree import write_disfa
from support.trees.recorded_trees import write_bp4d

RUN = ("run", "--method", "mean", "--protocol", "twin-to-disfa", "--device", "cpu")
TWIN = ("--twin-size", 64, "--twin-frames", 6)


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tree of DISFA that nothing calls synthetic."""
    return write_disfa(tmp_path_factory.mktemp("real") / "tree", facts.SUBJECTS, frames=2)


def test_without_real_faces_there_is_no_run(aubench: Aubench, tmp_path: Path) -> None:
    for protocol, corpus in (("twin-to-disfa", "DISFA"), ("twin-to-fera2015", "BP4D")):
        done = aubench("run", "--method", "mean", "--protocol", protocol)
        assert done.returncode == 2
        assert f"{protocol} tests on real faces of {corpus}, and no pack of" in done.stderr
        assert "--pack" in done.stderr
        assert len(done.stderr.splitlines()) == 1
    assert not (tmp_path / "runs").exists()


OTHERS = {
    "another crop": ("--recipe", "stretch"),
    "another margin": ("--margin", 0.3),
    "another sampling": ("--sampling", "supersampling"),
}


@pytest.mark.parametrize("name", OTHERS)
def test_packs_of_different_crops_are_refused_before_anything_is_trained(
    aubench: Aubench, tmp_path: Path, real: Path, name: str
) -> None:
    made = aubench("prepare", "disfa", real, "disfa", "--size", 32, "--subjects", "SN001")
    assert made.returncode == 0, made.stderr
    bp4d = write_bp4d(tmp_path / "bp4d-tree")
    made = aubench("prepare", "bp4d", bp4d, "bp4d", "--size", 32, *OTHERS[name])
    assert made.returncode == 0, made.stderr
    both = ("--pack", "disfa", "--pack", "bp4d", "--partial")
    done = aubench("run", "--method", "mean", "--protocol", "disfa-to-bp4d", *both)
    assert done.returncode == 2
    (line,) = done.stderr.splitlines()
    assert "32 pixels, tight with margin 0.2, mipmap" in line
    assert str(OTHERS[name][1]) in line
    assert "prepare both with the same --size, --recipe, --margin and --sampling" in line
    assert not (tmp_path / "runs").exists()


def test_a_twin_offered_as_the_real_corpus_is_refused(aubench: Aubench, tmp_path: Path) -> None:
    made = aubench("synth", "disfa", "tree", "--frames", 2, "--subjects", "SN001")
    assert made.returncode == 0, made.stderr
    made = aubench("prepare", "disfa", "tree", "pack", "--size", 64)
    assert made.returncode == 0, made.stderr
    done = aubench(*RUN, "--pack", "pack")
    assert done.returncode == 2
    assert "real faces of DISFA, and this pack is synthetic" in done.stderr
    assert len(done.stderr.splitlines()) == 1
    config = tmp_path / "config.toml"
    config.write_text(f'[packs]\ndisfa = "{tmp_path / "pack"}"\n')
    done = aubench(*RUN, AUBENCH_CONFIG=str(config))
    assert done.returncode == 2
    assert "real faces of DISFA, and this pack is synthetic" in done.stderr


@pytest.mark.slow
def test_a_run_learns_from_the_twin_and_is_tested_on_real_faces(
    aubench: Aubench, tmp_path: Path, real: Path
) -> None:
    for size in (64, 32):
        made = aubench("prepare", "disfa", real, f"pack{size}", "--size", size)
        assert made.returncode == 0, made.stderr
    unlike = aubench(*RUN, *TWIN, "--pack", "pack32")
    assert unlike.returncode == 2
    assert "with --twin-size 32" in unlike.stderr
    assert "32 pixels, tight with margin 0.2, mipmap" in unlike.stderr

    done = aubench(*RUN, *TWIN, "--pack", "pack64")
    assert done.returncode == 0, done.stderr
    assert "this is not" not in done.stdout
    (path,) = (tmp_path / "runs").rglob("record.json")
    record = Record.model_validate_json(path.read_text())
    assert record.status == "partial"  # two frames of everybody; nothing else is wrong
    assert [problem for problem in record.problems if "wrong number of frames" not in problem] == []
    assert (record.corpus.name, record.corpus.synthetic) == ("disfa", False)
    assert {pack.name: pack.synthetic for pack in record.packs} == {
        "disfa": False,
        "synthetic-disfa": True,
    }
    (fold,) = record.folds
    assert (fold.train_frames, fold.valid_frames) == (21 * 6 - 1, 6 * 6)
    assert fold.test_frames == 27 * 2 - 1
    tested = {subject for _, subject, _ in record.moments["raw"].groups}
    assert tested == {f"disfa/{person}" for person in facts.SUBJECTS}

    for options in ((), ("--pack", "pack64")):
        done = aubench("verify", path.parent, *options)
        assert done.returncode == 0, done.stdout
    table = aubench("table").stdout
    assert "SYNTHETIC" not in table
    assert "trained on synthetic faces" in table

    swapped = tmp_path / "config.toml"
    swapped.write_text(f'[packs]\n"synthetic-disfa" = "{tmp_path / "pack64"}"\n')
    done = aubench(*RUN, "--pack", "pack64", AUBENCH_CONFIG=str(swapped))
    assert done.returncode == 2
    assert "real faces, configured as synthetic-disfa" in done.stderr


def test_what_is_trained_on_a_twin_is_official_and_says_so(
    aubench: Aubench, tmp_path: Path
) -> None:
    protocol = find("protocols", "twin-to-disfa")
    record = make_record(tmp_path / "runs", protocol, "mine")
    twin = record.corpus.model_copy(update={"name": "synthetic-disfa", "synthetic": True})
    honest = record.model_copy(update={"packs": (twin, record.corpus)})
    honest = honest.model_copy(update={"run_id": run_id_of(honest)})
    (path,) = tmp_path.rglob("record.json")
    honest.write(path)
    assert implausible(honest, protocol) == ()
    table = aubench("table").stdout
    assert table.index("official runs") < table.index("mine")
    assert "trained on synthetic faces" in table

    def packs(*kinds: tuple[str, bool]) -> Record:
        made = [twin.model_copy(update={"name": n, "synthetic": s}) for n, s in kinds]
        return record.model_copy(update={"packs": tuple(made)})

    lie = packs(("disfa", False), ("synthetic-disfa", False))
    said = "status official, but the pack of synthetic-disfa is of real faces"
    assert said in implausible(lie, protocol)
    lie = packs(("disfa", True), ("synthetic-disfa", True))
    assert "status official, but the pack of disfa is synthetic" in implausible(lie, protocol)


def test_a_pack_under_another_name_is_the_same_but_for_its_keys(
    aubench: Aubench, tmp_path: Path, real: Path
) -> None:
    made = aubench("prepare", "disfa", real, "pack", "--size", 32, "--subjects", "SN001,SN010")
    assert made.returncode == 0, made.stderr
    pack = Pack.open(tmp_path / "pack")
    other = pack.named("synthetic-disfa")
    assert [*other.index["subject"].cat.categories] == [
        "synthetic-disfa/SN001",
        "synthetic-disfa/SN010",
    ]
    assert other.manifest.fingerprint == pack.manifest.fingerprint
    assert (other.labels() == pack.labels()).all()
    assert pickle.loads(pickle.dumps(other)).manifest == other.manifest
    assert [*pack.index["subject"].cat.categories] == ["disfa/SN001", "disfa/SN010"]
