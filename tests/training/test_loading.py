"""Batches: the same whatever reads them; evaluations: each frame exactly once."""

import dataclasses
import os
import pickle
import subprocess
import sys
import threading
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from aubench.errors import AubenchError
from aubench.frames import ImageArray, IntArray, LabelledFrames
from aubench.pack.pack import Pack
from aubench.training import image_cache, memory
from aubench.training.image_cache import ImageCache, make_cache
from aubench.training.loader import Batch, in_order, read_batches, shuffled
from aubench.training.predictor import decode_all
from aubench.training.sharding import assemble, share
from support.drawn import InMemory, drawn_frames
from support.small_pack import make
from support.tiny import RECIPE, Tiny, context, train_frames, valid_frames

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def pack(tmp_path_factory: pytest.TempPathFactory) -> Pack:
    return make(tmp_path_factory.mktemp("loading") / "pack")


def labelled(pack: Pack) -> LabelledFrames:
    """Every third frame, backwards."""
    return pack.labelled(range(len(pack) - 1, 0, -3), (12, 6))


def parts_of(frames: LabelledFrames, epoch: int = 0) -> list[IntArray]:
    return shuffled(len(frames), 4, np.random.default_rng(epoch))


def same(one: Batch, other: Batch) -> bool:
    return all(
        getattr(one, name).numpy().tobytes() == getattr(other, name).numpy().tobytes()
        and getattr(one, name).stride() == getattr(other, name).stride()
        for name in ("images", "landmarks", "labels")
    )


def test_a_batch_holds_the_frames_of_its_part(pack: Pack) -> None:
    frames = labelled(pack)
    parts = parts_of(frames)
    for part, batch in zip(parts, read_batches(frames, parts, CPU), strict=True):
        rows = frames.rows[part]
        wanted = torch.from_numpy(pack.pictures.read(rows)).permute(0, 3, 1, 2) / 255
        assert torch.equal(batch.images, wanted)
        assert batch.images.is_contiguous(memory_format=torch.channels_last)
        np.testing.assert_array_equal(batch.landmarks, pack.points.all()[rows])
        np.testing.assert_array_equal(batch.labels, pack.labels()[rows][:, ::-1])


@pytest.mark.parametrize("threads", [1, 2, 5])
def test_neither_threads_nor_what_is_kept_change_a_bit(pack: Pack, threads: int) -> None:
    frames = labelled(pack)
    kept = ImageCache(len(frames), frames.size, CPU)
    for epoch in range(3):
        parts = parts_of(frames, epoch)
        plain = list(read_batches(frames, parts, CPU, threads=1))
        several = list(read_batches(frames, parts, CPU, kept, threads))
        assert all(map(same, plain, several))


class Counting(InMemory):
    """Counts how often each row is read, and by how many threads at once."""

    def __init__(self, array: ImageArray) -> None:
        super().__init__(array)
        self.counts = np.zeros(len(array), int)
        self.threads: set[str] = set()

    def read(self, rows: IntArray) -> ImageArray:
        np.add.at(self.counts, rows, 1)
        self.threads.add(threading.current_thread().name)
        return super().read(rows)


def counting() -> tuple[LabelledFrames, Counting]:
    frames = drawn_frames(["d/a", "d/b"], 20, size=16)
    pictures = Counting(frames.images())
    return dataclasses.replace(frames, pictures=pictures), pictures


def test_what_is_kept_is_decoded_once_and_off_the_training_thread() -> None:
    frames, pictures = counting()
    kept = ImageCache(len(frames), frames.size, CPU)
    for epoch in range(4):
        list(read_batches(frames, parts_of(frames, epoch), CPU, kept, threads=3))
    assert (pictures.counts == 1).all()
    for name in pictures.threads:
        assert name.startswith("decode")


def test_a_reader_that_is_left_stops_its_threads(pack: Pack) -> None:
    frames, pictures = counting()
    batches = read_batches(frames, in_order(40, 1), CPU, threads=2)
    next(batches)
    batches.close()
    assert not [t for t in threading.enumerate() if t.name.startswith("decode")]
    assert pictures.counts.sum() < 12


def test_a_damaged_picture_is_told_by_the_thread_that_trains(pack: Pack) -> None:
    class Broken(InMemory):
        def read(self, rows: IntArray) -> ImageArray:
            raise AubenchError("broken", mend="mend it")

    frames = drawn_frames(["d/a"], 4, size=16)
    frames = dataclasses.replace(frames, pictures=Broken(frames.images()))
    with pytest.raises(AubenchError, match="broken"):
        list(read_batches(frames, in_order(4, 2), CPU))


def test_a_fit_ends_the_same_whatever_is_kept(tmp_path: Path) -> None:
    torch.set_num_threads(1)
    frames = valid_frames().unlabelled()
    values = [
        Tiny(RECIPE)
        .fit(train_frames(), valid_frames(), context(tmp_path / cache, cache=cache))
        .predict(frames)
        .tobytes()
        for cache in ("none", "memory", "device", "auto")
    ]
    assert len(set(values)) == 1


def free(monkeypatch: pytest.MonkeyPatch, gpu: float, host: float) -> None:
    """So many bytes are free."""
    monkeypatch.setattr(
        image_cache, "free_bytes", lambda device: host if device.type == "cpu" else gpu
    )


def test_auto_keeps_pictures_where_a_quarter_of_what_is_free_suffices(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    frames = drawn_frames(["d/a"], 10, size=16)
    need = 10 * 16 * 16 * 3
    meta = torch.device("meta")  # stands for a GPU: holds nothing, but is no CPU
    for gpu, host, where in (
        (4 * need, 0, "meta"),
        (4 * need - 1, 4 * need, "cpu"),
        (0, 4 * need, "cpu"),
        (0, 4 * need - 1, None),
    ):
        free(monkeypatch, gpu, host)
        kept = make_cache(frames, meta, "auto")
        assert (kept and kept.device.type) == where
        assert make_cache(frames, meta, "none") is None
    free(monkeypatch, 0, 4 * need)
    assert make_cache(frames, CPU, "auto") is None  # beside training there, decoding is nothing
    assert make_cache(frames, CPU, "memory") is not None


def test_pictures_that_cannot_be_kept_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    frames = drawn_frames(["d/a"], 10, size=16)
    free(monkeypatch, 100, 100)
    for cache in ("device", "memory"):
        with pytest.raises(AubenchError, match="give --cache auto"):
            make_cache(frames, CPU, cache)  # type: ignore[arg-type]  # a str of the two


GROUPS = {
    "version 2": ("0::/job/step\n", "job", "memory.max", "memory.current", "max"),
    "version 1": (
        "4:cpu,memory:/job/step\n3:cpuset:/\n0::/\n",
        "memory/job",
        "memory.limit_in_bytes",
        "memory.usage_in_bytes",
        "9223372036854771712",  # no limit
    ),
}


@pytest.mark.parametrize("version", GROUPS)
def test_free_memory_heeds_the_limit_of_a_container(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: str
) -> None:
    assert 0 < memory.free_bytes(CPU) < 1 << 50
    own, around, limit, used, unlimited = GROUPS[version]
    (tmp_path / "own").write_text(own)
    group = tmp_path / around / "step"
    group.mkdir(parents=True)
    (group / limit).write_text(f"{unlimited}\n")
    (group / used).write_text("0\n")
    (group.parent / limit).write_text("1000\n")
    (group.parent / used).write_text("400\n")
    monkeypatch.setattr(memory, "_GROUPS", tmp_path)
    monkeypatch.setattr(memory, "_OWN", tmp_path / "own")
    assert memory.free_bytes(CPU) == 600


@given(count=st.integers(0, 200), world=st.integers(1, 9))
def test_every_frame_is_in_one_share(count: int, world: int) -> None:
    shares = [share(count, rank, world) for rank in range(world)]
    assert sorted(np.concatenate(shares).tolist()) == list(range(count))
    assert max(map(len, shares)) - min(map(len, shares)) <= 1


@given(count=st.integers(1, 200), world=st.integers(1, 9), data=st.data())
def test_shares_are_put_together_in_order(count: int, world: int, data: st.DataObject) -> None:
    values = np.arange(2 * count, dtype=np.float32).reshape(count, 2)
    parts = [(p, values[p]) for p in (share(count, rank, world) for rank in range(world))]
    shuffled_parts = data.draw(st.permutations(parts))
    np.testing.assert_array_equal(assemble(shuffled_parts, count), values)


def test_a_frame_predicted_twice_or_never_is_an_error() -> None:
    one = np.zeros((3, 1), np.float32)
    for positions, what in (
        ([0, 1, 1], "frame 1 was predicted 2 times"),
        ([0, 1, 3], "frame 2 was predicted 0 times"),
    ):
        with pytest.raises(RuntimeError, match=what):
            assemble([(np.array(positions), one)], 4 if 3 in positions else 2)


def fabric(rank: int, world: int) -> SimpleNamespace:
    """As much of a Fabric as prediction looks at."""
    return SimpleNamespace(global_rank=rank, world_size=world, device=CPU)


def predicted(rank: int, world: int, count: int) -> tuple[np.ndarray, list[int]]:
    """What one process gets, and which rows it read."""
    frames = drawn_frames(["d/a"], count, size=16)
    pictures = Counting(frames.images())
    frames = dataclasses.replace(frames, pictures=pictures)
    torch.manual_seed(0)
    method = Tiny(RECIPE)
    network = method.build((1, 12), 16)
    values = decode_all(method, network, frames, fabric(rank, world))  # type: ignore[arg-type]  # as much of one as is used
    return values, np.flatnonzero(pictures.counts).tolist()


def main(rank: str, folder: str) -> None:
    """One of two processes."""
    torch.set_num_threads(1)
    torch.distributed.init_process_group(
        "gloo", init_method=f"file://{folder}/meet", rank=int(rank), world_size=2
    )
    Path(folder, rank).write_bytes(pickle.dumps(predicted(int(rank), 2, 7)))


@pytest.mark.slow
def test_two_processes_predict_each_frame_once_and_both_get_everything(tmp_path: Path) -> None:
    runs = [
        subprocess.Popen(
            [sys.executable, __file__, str(rank), tmp_path],
            env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
            stderr=subprocess.PIPE,
        )
        for rank in range(2)
    ]
    for run in runs:
        assert run.wait(100) == 0, run.stderr and run.stderr.read()
    (first, read_first), (second, read_second) = (
        pickle.loads((tmp_path / str(rank)).read_bytes()) for rank in range(2)
    )
    assert (read_first, read_second) == ([0, 2, 4, 6], [1, 3, 5])
    alone, _ = predicted(0, 1, 7)
    np.testing.assert_array_equal(first, second)
    np.testing.assert_allclose(first, alone, rtol=1e-5, atol=1e-6)


if __name__ == "__main__":
    main(*sys.argv[1:])
