"""Face-alignment corpora as they are downloaded become packs; malicious ones are refused."""

from __future__ import annotations

import pickle
import re
import struct
import sys
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.io import savemat

from aubench import cli
from aubench.corpora.alignment.wflw import POINTS_68
from aubench.landmarks import MIRROR
from aubench.pack.pack import Pack
from support.trees.alignment_trees import (
    line_of,
    picture,
    t7,
    write_300wlp,
    write_ls3dw,
    write_wflw,
)
from support.trees.disfa_tree import points

WRITERS = {"ls3dw": write_ls3dw, "300wlp": write_300wlp, "wflw": write_wflw}
LIST = "WFLW_annotations/list_98pt_rect_attr_train_test/list_98pt_rect_attr_train.txt"


Prepare = Callable[..., tuple[int, str]]


@pytest.fixture
def prepare(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Prepare:
    """``aubench prepare`` to ``tmp_path/pack``: exit status, and what it said."""

    def call(corpus: str, source: Path, *options: str) -> tuple[int, str]:
        command = ["aubench", "prepare", corpus, str(source), str(tmp_path / "pack")]
        monkeypatch.setattr(sys, "argv", [*command, "--size", "64", "--workers", "1", *options])
        with pytest.raises(SystemExit) as left:
            cli.main()
        return int(left.value.code or 0), "".join(capfd.readouterr())

    return call


def placed(face: np.ndarray, size: int = 64) -> np.ndarray:
    """Where the recipe ``tight`` puts landmarks, from its definition."""
    low, high = face.min(axis=0), face.max(axis=0)
    return (face - (low + high) / 2) * (size / 1.4 / (high - low).max()) + (size - 1) / 2


@pytest.mark.parametrize(
    ("corpus", "keys"),
    [
        ("ls3dw", [("300VW-3D/CatA/114", "300VW-3D/CatA/114/1", 1, 0),
                   ("300VW-3D/CatA/114", "300VW-3D/CatA/114/2", 1, 1),
                   ("Menpo-3D", "Menpo-3D/7", 1, 2)]),
        ("300wlp", [("AFW", "AFW/AFW_1_0", 1, 0), ("AFW", "AFW/AFW_1_1", 1, 1),
                    ("IBUG", "IBUG/x_0", 1, 2)]),
        ("wflw", [("test", "b/c", 1, 0), ("train", "0--Parade/a", 1, 0),
                  ("train", "0--Parade/a", 2, 1), ("train", "b/d", 1, 2)]),
    ],
)  # fmt: skip
def test_a_corpus_becomes_a_pack(
    tmp_path: Path, prepare: Prepare, corpus: str, keys: list[tuple[str, str, int, int]]
) -> None:
    status, output = prepare(corpus, WRITERS[corpus](tmp_path / "source"))
    assert status == 0, output
    pack = Pack.open(tmp_path / "pack")
    index = pack.index
    assert [
        (row.subject.removeprefix(f"{corpus}/"), row.session, row.frame)
        for row in index.itertuples()
    ] == [key[:3] for key in keys]
    for row, key in enumerate(keys):
        face = points(key[3]).astype(np.float64)
        np.testing.assert_allclose(pack.points.all()[row], placed(face), atol=1e-3)


@pytest.mark.parametrize(
    ("corpus", "setting", "moved"),
    [
        ("ls3dw", "one_based=false", (1, 1)),
        ("300wlp", "one_based=false", (1, 1)),
        ("300wlp", "points=pts_3d", (2, 0)),
        ("wflw", "one_based=true", (-1, -1)),
    ],
)
def test_the_first_pixel_and_the_kind_of_points_are_settings(
    tmp_path: Path, prepare: Prepare, corpus: str, setting: str, moved: tuple[int, int]
) -> None:
    from aubench.registry import find
    from aubench.settings import parse_overrides, resolve_settings

    kind = find("corpora", corpus)
    settings = resolve_settings(kind.Settings, parse_overrides([setting]))
    reader = kind(WRITERS[corpus](tmp_path / "s"), settings)
    sent = pickle.loads(pickle.dumps(reader))  # as to a worker process
    frame = next(iter(sent.frames(reader.subjects()[0])))
    np.testing.assert_allclose(frame.landmarks, points(0) + np.array(moved), atol=1e-4)
    status, output = prepare(corpus, tmp_path / "s", "--set", setting)
    assert status == 0, output
    key, _, value = setting.partition("=")
    assert str(Pack.open(tmp_path / "pack").manifest.settings[key]).lower() == value


def test_the_98_points_reduce_to_the_68() -> None:
    """The mirror image of a face of 98 points must reduce to the mirrored 68.

    The mirror of the 98: jaw 0–32 reversed; upper brows 33–37 ↔ 46–42; nose 51–54 itself,
    55–59 reversed; eye corners and lids 60–67 ↔ 68–75; lips as in the 68.
    """
    swap = {i: 32 - i for i in range(33)} | {33 + i: 46 - i for i in range(5)}
    swap |= {i: i for i in range(51, 55)} | {55 + i: 59 - i for i in range(5)}
    eyes = dict(
        zip((60, 61, 62, 63, 64, 65, 66, 67), (72, 71, 70, 69, 68, 75, 74, 73), strict=True)
    )
    swap |= eyes | {76 + i: 82 - i for i in range(7)} | {83 + i: 87 - i for i in range(5)}
    swap |= {88 + i: 92 - i for i in range(5)} | {93 + i: 95 - i for i in range(3)}
    swap |= {value: key for key, value in swap.items()}
    assert len(set(POINTS_68)) == 68
    assert [swap[i] for i in POINTS_68] == [POINTS_68[MIRROR[k]] for k in range(68)]


class Bomb:
    """Unpickled, it would write a file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, ...]:
        return (Path.touch, (self.path,))


def mat(shape: tuple[int, int], numbers: int, claimed: int | None = None) -> bytes:
    """A MATLAB 5 file of one zlib-packed double matrix ``pts_2d`` (MathWorks' MAT-file format)."""
    body = struct.pack("<IIII", 6, 8, 6, 0) + struct.pack("<IIii", 5, 8, *shape)
    body += struct.pack("<II", 1, 6) + b"pts_2d\0\0"
    body += struct.pack("<II", 9, numbers * 8 if claimed is None else claimed) + bytes(numbers * 8)
    packed = zlib.compress(struct.pack("<II", 14, len(body)) + body)
    head = b"MATLAB 5.0 MAT-file".ljust(124) + struct.pack("<HH", 0x0100, 0x4D49)
    return head + struct.pack("<II", 15, len(packed)) + packed


def put(name: str, content: Callable[[Path], bytes]) -> Callable[[Path], None]:
    def spoil(root: Path) -> None:
        (root / name).write_bytes(content(root))

    return spoil


def forged(**fields: Any) -> Callable[[Path], None]:
    return put("Menpo-3D/7.t7", lambda _: t7(points(0), **fields))


def pickled(name: str) -> Callable[[Path], None]:
    return put(name, lambda root: pickle.dumps(Bomb(root.parent / "exploded")))


def saved(content: dict[str, Any]) -> Callable[[Path], None]:
    def spoil(root: Path) -> None:
        savemat(root / "300W_LP/landmarks/IBUG/x_0_pts.mat", content)

    return spoil


def bomb_picture(name: str) -> Callable[[Path], None]:
    """A PNG that says 30,000×30,000 pixels, a few kilobytes of zeros."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    head = struct.pack(">IIBBBBB", 30_000, 30_000, 8, 2, 0, 0, 0)
    data = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head)
    data += chunk(b"IDAT", zlib.compress(bytes(1 << 20))) + chunk(b"IEND", b"")
    return put(name, lambda _: data)


def link(name: str, replaced: str) -> Callable[[Path], None]:
    """``name`` becomes a link to a file beside the corpus, which has what ``replaced`` has."""

    def spoil(root: Path) -> None:
        secret = root.parent / f"secret{Path(name).suffix}"
        (root / replaced).rename(secret)
        (root / name).unlink(missing_ok=True)
        (root / name).symlink_to(secret)

    return spoil


def path_in_list(name: str) -> Callable[[Path], None]:
    def spoil(root: Path) -> None:
        picture(root.parent / "secret.jpg")
        named = name.format(root=root.resolve().parent)
        (root / LIST).write_text(line_of(points(0), named) + "\n")

    return spoil


def linked_folder(root: Path) -> None:
    picture(root.parent / "secrets/a.jpg")
    (root / "WFLW_images/out").symlink_to(root.parent / "secrets")
    (root / LIST).write_text(line_of(points(0), "out/a.jpg") + "\n")


MAT = "300W_LP/landmarks/IBUG/x_0_pts.mat"
NAN = np.where(np.arange(136).reshape(68, 2) == 5, np.nan, points(0))
FAR = points(0) + 1e7
CASES: dict[str, tuple[str, Callable[[Path], None], str]] = {
    "t7: a pickled object": ("ls3dw", pickled("Menpo-3D/7.t7"), "7.t7: not a Torch7 file"),
    "t7: a table": ("ls3dw", forged(type=3), "an object of type 3, not a tensor"),
    "t7: a function": ("ls3dw", forged(type=6), "an object of type 6"),
    "t7: another class": ("ls3dw", forged(class_=b"nn.Linear"), "an object of class b'nn.Linear'"),
    "t7: other sizes": ("ls3dw", forged(size=(1 << 40, 2)), "of 1099511627776×2"),
    "t7: strides that reach out": ("ls3dw", forged(stride=(1 << 40, 1)), "strides 1099511627776"),
    "t7: a negative offset": ("ls3dw", forged(at=-5000), "an offset of -5000"),
    "t7: many dimensions": ("ls3dw", forged(dimensions=1 << 30), "1073741824 dimensions"),
    "t7: a storage that lies": ("ls3dw", forged(count=1 << 60), "numbers in 1088 bytes"),
    "t7: cut off": (
        "ls3dw", put("Menpo-3D/7.t7", lambda _: t7(points(0))[:90]), "the file ends too early",
    ),
    "t7: huge": ("ls3dw", put("Menpo-3D/7.t7", lambda _: bytes(1 << 17)), "larger than 65,536"),
    "t7: not finite": ("ls3dw", put("Menpo-3D/7.t7", lambda _: t7(NAN)), "a point is not finite"),
    "t7: far away": ("ls3dw", put("Menpo-3D/7.t7", lambda _: t7(FAR)), "a point far outside"),
    "t7: a link out": ("ls3dw", link("Menpo-3D/7.t7", "Menpo-3D/7.t7"), "7.t7: leads out of the"),
    "a picture that is a link out": (
        "ls3dw", link("Menpo-3D/7.jpg", "Menpo-3D/7.jpg"), "7.jpg: leads out of",
    ),
    "a picture that is a bomb": ("ls3dw", bomb_picture("Menpo-3D/7.jpg"), "not a whole picture"),
    "no t7 at all": ("ls3dw", lambda root: [p.unlink() for p in root.rglob("*.*")], "no .t7 file"),
    "mat: a pickled object": ("300wlp", pickled(MAT), "x_0_pts.mat: not a readable MATLAB file"),
    "mat: a cell of objects": (
        "300wlp", saved({"pts_2d": np.full((68, 2), {"a": 1}, dtype=object)}), "'pts_2d' is cell",
    ),
    "mat: a structure": ("300wlp", saved({"pts_2d": {"x": 1.0}}), "'pts_2d' is struct"),
    "mat: another key": ("300wlp", saved({"pt2d": points(0)}), "holds no matrix 'pts_2d'"),
    "mat: 66 points": ("300wlp", saved({"pts_2d": points(0)[:66]}), "of shape (66, 2), not 68"),
    "mat: a bomb": ("300wlp", put(MAT, lambda _: mat((4096, 4096), 1 << 20)), "(4096, 4096)"),
    "mat: a bomb in disguise": (
        "300wlp", put(MAT, lambda _: mat((68, 2), 1 << 22)), "not a readable MATLAB file",
    ),
    "mat: a size that lies": (
        "300wlp", put(MAT, lambda _: mat((68, 2), 136, 0xFFFFFFF0)), "not a readable MATLAB file",
    ),
    "mat: huge": ("300wlp", put(MAT, lambda _: bytes(1 << 17)), "larger than 65,536 bytes"),
    "mat: cut off": ("300wlp", put(MAT, lambda _: mat((68, 2), 136)[:150]), "not a readable"),
    "no landmarks": (
        "300wlp", lambda root: (root / "300W_LP/landmarks").rename(root / "x"),
        "no folder landmarks",
    ),
    "list: a token too few": (
        "wflw", put(LIST, lambda root: (root / LIST).read_bytes().replace(b" 9 9", b" 9", 1)),
        "train.txt:1: 206 tokens, not 207",
    ),
    "list: not a number": (
        "wflw",
        put(LIST, lambda _: line_of(points(0), "b/c.jpg").replace("50.0", "5O", 1).encode()),
        "train.txt:1: '5O00000' is not a number",
    ),
    "list: an absolute path": (
        "wflw", path_in_list("{root}/secret.jpg"), "train.txt:1: '",
    ),
    "list: a path that climbs": (
        "wflw", path_in_list("../../secret.jpg"), "'../../secret.jpg' leads out of WFLW_images",
    ),
    "list: a link out": ("wflw", linked_folder, "out/a.jpg: leads out of the corpus's folder"),
    "no pictures": (
        "wflw", lambda root: (root / "WFLW_images").rename(root / "x"), "no folder WFLW_images",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("corpus", "spoil", "what"), CASES.values(), ids=CASES)
def test_what_is_malicious_or_broken_is_refused_in_one_line(
    tmp_path: Path, prepare: Prepare, corpus: str, spoil: Callable[[Path], object], what: str
) -> None:
    source = WRITERS[corpus](tmp_path / "source")
    spoil(source)
    status, output = prepare(corpus, source)
    assert status == 2, output
    assert what in output
    assert len(output[output.index("error: ") :].strip().splitlines()) == 1
    assert "Traceback" not in output
    assert not (tmp_path / "exploded").exists()
    assert not re.search(r"secret", " ".join(str(p) for p in (tmp_path / "pack").rglob("*")))


# What learns from them


@pytest.fixture
def packs(tmp_path: Path) -> dict[str, Path]:
    """Packs of LS3D-W and WFLW at 64 pixels."""
    from aubench.pack.prepare import prepare as make
    from aubench.registry import find

    made = {}
    for corpus in ("ls3dw", "wflw"):
        reader = find("corpora", corpus)(WRITERS[corpus](tmp_path / corpus))
        made[corpus] = make(reader, tmp_path / f"{corpus}.pack", size=64).path
    return made


def pretrain(monkeypatch: pytest.MonkeyPatch, *arguments: object) -> int:
    command = ["aubench", "pretrain", "fan", *map(str, arguments), "--device", "cpu"]
    monkeypatch.setattr(sys, "argv", [*command, "--epochs", "1", "--set", "batch=3"])
    with pytest.raises(SystemExit) as left:
        cli.main()
    return int(left.value.code or 0)


@pytest.mark.parametrize(
    ("held_out", "figures", "images"),
    [
        ((), {"ls3dw/Menpo-3D", "wflw/test"}, 3),  # the last tenth; the official test list
        (("--held-out", "ls3dw/300VW-3D"), {"ls3dw/300VW-3D"}, 2),  # a folder of one video
    ],
)
def test_a_fan_learns_from_several_packs_and_is_measured_elsewhere(  # noqa: PLR0917  # pytest passes fixtures by name
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    packs: dict[str, Path],
    held_out: tuple[str, ...],
    figures: set[str],
    images: int,
) -> None:
    """Of each part that is learned from, its last face (a twentieth, rounded up) only validates."""
    from aubench_methods.fan.weights import read_card

    both = [word for path in packs.values() for word in ("--pack", path)]
    weights = tmp_path / "fan.safetensors"
    assert pretrain(monkeypatch, *both, "--out", weights, *held_out) == 0
    card = read_card(weights)
    assert card.figures.keys() == figures
    assert (card.images, card.corpus, card.size) == (images, "ls3dw+wflw", 64)
    assert (card.recipe, card.parameters, card.synthetic) == ("tight", {"margin": 0.2}, False)
    prints = [Pack.open(path).manifest.fingerprint for path in packs.values()]
    assert card.fingerprint == "+".join(prints)


def test_packs_that_do_not_go_together_are_refused_in_one_line(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    packs: dict[str, Path],
    prepare: Prepare,
) -> None:
    assert prepare("300wlp", write_300wlp(tmp_path / "lp"), "--recipe", "affine3")[0] == 0
    out = ("--out", tmp_path / "fan.safetensors")
    for arguments, what in (
        (("--pack", packs["wflw"], "--pack", packs["wflw"]), "a second pack of wflw"),
        (("--pack", packs["wflw"], "--pack", tmp_path / "pack"), "64 pixels, affine3, mipmap"),
        (("--pack", packs["wflw"], "--held-out", "wflw/tset"), "no part 'wflw/tset'; choose among"),
        (("--pack", packs["wflw"], "--held-out", "wflw"), "nothing is left to train on"),
    ):
        assert pretrain(monkeypatch, *arguments, *out) == 2
        error = capfd.readouterr().err
        assert what in error
        assert error.count("\n") == 1
