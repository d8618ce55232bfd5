"""The pack: what it gives, and what it refuses."""

import multiprocessing
import pickle
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from aubench.corpora.corpus import Corpus, RawFrame
from aubench.corpora.disfa.reader import Disfa
from aubench.errors import AubenchError
from aubench.frames import KEY, Frames
from aubench.media.image import Still
from aubench.pack.pack import Pack
from aubench.pack.prepare import prepare
from support.small_pack import rewrite
from support.trees.disfa_tree import AUS, brightness, intensity, points, write_disfa


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    source = write_disfa(tmp_path_factory.mktemp("source"))
    dest = tmp_path_factory.mktemp("made") / "pack"
    prepare(Disfa(source), dest, size=64)
    return dest


@pytest.fixture
def copy(made: Path, tmp_path: Path) -> Path:
    """A pack to spoil."""
    return Path(shutil.copytree(made, tmp_path / "pack"))


def test_rows_are_frames_in_order(made: Path) -> None:
    pack = Pack.open(str(made))
    assert len(pack) == 17  # two of 6 frames, and SN010 with one label fewer
    assert list(pack.index.columns) == [*KEY, "logged", "tracked"]
    assert list(pack.index["subject"].unique()) == ["disfa/SN001", "disfa/SN002", "disfa/SN010"]
    assert list(pack.index["frame"]) == [1, 2, 3, 4, 5, 6] * 2 + [1, 2, 3, 4, 5]
    assert set(pack.index["session"]) == {"left"}
    assert pack.index["logged"].dtype == pack.index["tracked"].dtype == bool
    assert pack.index["tracked"].all()
    assert not pack.index["logged"].any()
    assert pack.aus() == AUS
    assert pack.labels().dtype == pack.points.all().dtype == np.float32
    expected = [[intensity(frame, au) for au in AUS] for frame in pack.index["frame"]]
    np.testing.assert_array_equal(pack.labels(), expected)


def test_landmarks_are_in_pixels_of_the_tight_crop(made: Path) -> None:
    pack = Pack.open(made)
    for row, frame in enumerate(pack.index["frame"]):
        face = points(frame)
        low, high = face.min(axis=0), face.max(axis=0)
        scale = 64 / (1.4 * (high - low).max())
        expected = (face - (low + high) / 2) * scale + 31.5
        np.testing.assert_allclose(pack.points.all()[row], expected, atol=1e-3)


def test_frames_carry_their_own_pictures(made: Path) -> None:
    pack = Pack.open(made)
    rows = [16, 0, 5, 5, 7]
    frames = pack.frames(rows)
    assert type(frames) is Frames
    pd.testing.assert_frame_equal(
        frames.keys, pack.index.loc[rows, list(KEY)].reset_index(drop=True)
    )
    np.testing.assert_array_equal(frames.landmarks, pack.points.all()[rows])
    pictures = frames.images()
    assert pictures.shape == (5, 64, 64, 3)
    for picture, frame in zip(pictures, frames.keys["frame"], strict=True):
        assert abs(float(picture[20:44, 20:44].mean()) - brightness(frame)) < 6
    np.testing.assert_array_equal(frames.select([4, 1]).images(), pictures[[4, 1]])


def test_labels_come_in_the_order_asked_for(made: Path) -> None:
    frames = Pack.open(made).labelled(np.array([3, 8]), (12, 1))
    assert frames.aus == (12, 1)
    np.testing.assert_array_equal(
        frames.labels, [[intensity(4, 12), intensity(4, 1)], [intensity(3, 12), intensity(3, 1)]]
    )
    assert type(frames.unlabelled()) is Frames


def test_an_au_that_it_lacks_is_refused(made: Path) -> None:
    with pytest.raises(AubenchError, match="no intensity labels for AU7; choose among AUs 1, 2, 4"):
        Pack.open(made).labelled([0], (1, 7))


def test_rows_that_are_not_there_are_refused(made: Path) -> None:
    pictures = Pack.open(made).pictures
    for rows in ([17], [-1]):
        with pytest.raises(IndexError):
            pictures.read(np.array(rows))
    assert pictures.read(np.array([], dtype=np.int64)).shape == (0, 64, 64, 3)


def total(frames: Frames) -> int:
    return int(frames.images().sum())


def test_frames_travel_to_threads_and_processes(made: Path) -> None:
    pack = Pack.open(made)
    frames = pack.frames(range(17))
    expected = total(frames)
    with ThreadPoolExecutor(4) as threads:
        assert (
            list(threads.map(lambda _: total(pack.frames(range(17))), range(8))) == [expected] * 8
        )
    again = pickle.loads(pickle.dumps(pack))
    assert again.manifest == pack.manifest
    assert len(pickle.dumps(pack)) < 1000  # its path, not its contents
    with pytest.raises(TypeError, match="frames of a pack are not pickled"):
        pickle.dumps(frames)
    context = multiprocessing.get_context("fork")
    told = context.SimpleQueue()
    child = context.Process(target=lambda: told.put(total(frames)))
    child.start()
    child.join()
    assert told.get() == expected


def test_opening_needs_no_torch(made: Path) -> None:
    code = (
        "import sys; from aubench.pack.pack import Pack; pack = Pack.open(sys.argv[1]); "
        "pack.frames([0]).images(); sys.exit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code, made], check=False).returncode == 0


def test_pictures_are_jpeg_in_plain_arrow(made: Path) -> None:
    table = pa.ipc.open_file(made / "shards" / "SN002.arrow").read_all()
    assert table.num_rows == 6
    jpeg = table["image"][2].as_py()
    assert jpeg[:2] == b"\xff\xd8"
    assert cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR).shape == (64, 64, 3)


def newer(pack: Path) -> None:
    rewrite(pack / "manifest.json", lambda data: data.update(schema_version=99))


def not_json(pack: Path) -> None:
    (pack / "manifest.json").write_text("{")


def not_text(pack: Path) -> None:
    (pack / "manifest.json").write_bytes(b"\xff\xfe\x00")


def wrong_type(pack: Path) -> None:
    rewrite(pack / "manifest.json", lambda data: data.update(size="big"))


def unknown_field(pack: Path) -> None:
    rewrite(pack / "manifest.json", lambda data: data.update(colour="red"))


def outside(pack: Path) -> None:
    shard = {"file": "../../etc/x.arrow", "rows": 1, "untracked": 0, "sha256": "0"}
    rewrite(pack / "manifest.json", lambda data: data.update(subjects={"disfa/SN001": shard}))


def no_shard(pack: Path) -> None:
    (pack / "shards" / "SN002.arrow").unlink()


def cut_shard(pack: Path) -> None:
    shard = pack / "shards" / "SN002.arrow"
    shard.write_bytes(shard.read_bytes()[:5000])


def swapped_shard(pack: Path) -> None:
    (pack / "shards" / "SN010.arrow").replace(pack / "shards" / "SN002.arrow")


def unfinished(pack: Path) -> None:
    (pack / "manifest.json").unlink()


def empty(pack: Path) -> None:
    unfinished(pack)
    for path in (pack / "shards").iterdir():
        path.unlink()
    (pack / "shards").rmdir()


@pytest.mark.parametrize(
    ("spoil", "what"),
    [
        (newer, "manifest.json: pack of schema 99, written by a newer aubench"),
        (not_json, "manifest.json: not JSON"),
        (not_text, "manifest.json: not JSON"),
        (wrong_type, "manifest.json: size: "),
        (unknown_field, "manifest.json: colour: "),
        (outside, "manifest.json: subjects.disfa/SN001.file: "),
        (no_shard, "SN002.arrow: shard is missing"),
        (cut_shard, "SN002.arrow: not a whole shard"),
        (swapped_shard, "SN002.arrow: 5 rows, but the manifest counts 6"),
        (unfinished, "a pack that is not finished; repeat the aubench prepare that began it"),
        (empty, "no pack; make one with 'aubench prepare"),
    ],
)
def test_what_is_no_pack_is_refused_in_one_line(
    copy: Path, spoil: Callable[[Path], None], what: str
) -> None:
    spoil(copy)
    with pytest.raises(AubenchError) as caught:
        Pack.open(copy)
    assert what in str(caught.value)
    assert str(caught.value).startswith(str(copy))


def test_a_damaged_picture_is_named(copy: Path) -> None:
    shard = copy / "shards" / "SN002.arrow"
    data = shard.read_bytes()
    jpeg = pa.ipc.open_file(shard).read_all()["image"][2].as_py()
    shard.write_bytes(data.replace(jpeg[:40], bytes(40), 3).replace(bytes(40), jpeg[:40], 0))
    pack = Pack.open(copy)
    with pytest.raises(AubenchError, match=r"SN002.arrow: the picture of row \d is damaged"):
        pack.frames(range(len(pack))).images()


class Both(Corpus):
    """Two frames with both kinds of labels."""

    name = "both"
    aus = (6,)
    occurrence = (6, 24)
    coded = ((0.0, 1.0), (np.nan, 0.0))

    def subjects(self) -> tuple[str, ...]:
        return ("both/A",)

    def examine(self, subject: str) -> int:
        return 2

    def frames(self, subject: str) -> Iterator[RawFrame]:
        face = np.random.default_rng(0).uniform(10, 50, (68, 2)).astype(np.float32)
        for frame, coded in enumerate(self.coded, start=1):
            yield RawFrame(
                session="T1",
                view=0,
                frame=frame,
                picture=Still(np.zeros((60, 60, 3), np.uint8)),
                landmarks=face,
                labels=np.array([frame], np.float32),
                occurrence=np.array(coded, np.float32),
            )


def test_intensity_and_occurrence_lie_side_by_side(tmp_path: Path) -> None:
    pack = prepare(Both(tmp_path), tmp_path / "pack", size=16)
    assert (pack.aus(), pack.aus("occurrence")) == ((6,), (6, 24))
    np.testing.assert_array_equal(pack.labels(), [[1], [2]])
    np.testing.assert_array_equal(pack.labels("occurrence"), Both.coded)
    frames = pack.labelled([1], (24, 6), "occurrence")
    np.testing.assert_array_equal(frames.labels, [[0, np.nan]])
    with pytest.raises(AubenchError, match="no intensity labels for AU24"):
        pack.labelled([0], (24,))


def test_a_pack_of_schema_1_is_read(copy: Path) -> None:
    """It had no occurrence, neither in the manifest nor in its shards."""
    rewrite(
        copy / "manifest.json", lambda data: (data.pop("occurrence"), data.update(schema_version=1))
    )
    for shard in (copy / "shards").glob("*.arrow"):
        table = pa.ipc.open_file(shard.read_bytes()).read_all().drop_columns("occurrence")
        with pa.ipc.new_file(shard, table.schema) as writer:
            writer.write_table(table)
    pack = Pack.open(copy)
    assert pack.labels().shape == (17, 12)
    assert pack.labels("occurrence").shape == (17, 0)
    assert pack.aus("occurrence") == ()
