"""Tiny trees in the layouts of BP4D, FERA 2015 and FERA 2017; every picture shows its number."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

import av
import cv2
import h5py
import numpy as np
from scipy.io import savemat

from aubench.landmarks import to_49, to_66
from support.drawn import face_points

WIDTH, HEIGHT = 64, 48
FRAMES = range(998, 1004)
"""Not from 1, and across a change of the number of digits."""

RECORDINGS = (("F001", "T1"), ("F001", "T2"), ("M002", "T1"))
INTENSITY = (6, 10, 12, 14, 17)
OCCURRENCE = (1, 2, 4, 6, 7, 10, 12, 14, 15, 17, 23, 24)
COLUMNS = (1, 2, 4, 5, 6, 7, 9, 10, 11, 12, 14, 15, 17, 20, 23, 24, 27, 30, 39)
"""AUs of an occurrence file as BP4D has them: not contiguous, more than are asked for."""


def stamp(number: int) -> np.ndarray:
    """A picture whose 12 squares of 16 pixels are the bits of ``number``."""
    bits = np.array([number >> bit & 1 for bit in range(12)]).reshape(3, 4)
    grey = np.kron(30 + 190 * bits, np.ones((16, 16))).astype(np.uint8)
    return np.repeat(grey[..., None], 3, axis=2)


def stamped(image: np.ndarray) -> int:
    """The number that a picture shows."""
    squares = image.mean(axis=2).reshape(3, 16, 4, 16).mean(axis=(1, 3)).ravel() > 125
    return sum(int(on) << bit for bit, on in enumerate(squares))


def intensity(frame: int, au: int) -> int:
    """The code of a frame; 9 in some."""
    return (0, 1, 2, 3, 4, 5, 9)[(frame * 5 + au) % 7]


def occurrence(frame: int, au: int) -> int:
    """The code of a frame; 9 in some."""
    return (0, 1, 9)[(frame + au) % 3]


def meant(codes: Iterable[int]) -> list[float]:
    """What codes mean: 9 is not coded."""
    return [np.nan if code == 9 else float(code) for code in codes]


def points(number: int) -> np.ndarray:
    """(68, 2) a face of some 30 pixels, another place in every frame.

    The inner mouth corners, which small markups lack, are where `to_68` puts them.
    """
    face = face_points(36) + np.array([10 + 0.5 * (number % 10), 5])
    middle = face[[61, 62, 63, 65, 66, 67]].mean(axis=0)
    face[60] = 0.75 * face[48] + 0.25 * middle
    face[64] = 0.75 * face[54] + 0.25 * middle
    return face


# --- landmarks ------------------------------------------------------------------------------


def write_fit(path: Path, rows: Sequence[np.ndarray | None], field: str = "pred") -> None:
    """The tracker's structure array as MATLAB 7.3 writes it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with h5py.File(path, "w", userblock_size=512) as file:
        cells, links = file.create_group("#refs#"), []
        for number, row in enumerate(rows):
            data = np.zeros(2, np.uint64) if row is None else row.T
            cell = cells.create_dataset(f"c{number}", data=data)
            if row is None:
                cell.attrs["MATLAB_empty"] = np.uint8(1)
            links.append([cell.ref])
        fit = file.create_group("fit")
        fit.create_dataset(field, data=np.array(links, dtype=h5py.ref_dtype))


def write_old_fit(path: Path, rows: Sequence[np.ndarray | None], field: str = "pts_2d") -> None:
    """The same as MATLAB 5 to 7 write it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fit = np.empty((1, len(rows)), dtype=[(field, object), ("isTracked", object)])
    for number, row in enumerate(rows):
        fit[0, number] = (np.empty((0, 0)) if row is None else row, row is not None)
    savemat(path, {"fit": fit}, do_compression=True)


def write_pts(path: Path, face: np.ndarray) -> None:
    """A 300-W file, which counts pixels from 1."""
    path.parent.mkdir(parents=True, exist_ok=True)
    rows = "".join(f"{x + 1:.4f} {y + 1:.4f}\n" for x, y in face)
    path.write_text(f"version: 1\nn_points:  {len(face)}\n{{\n{rows}}}\n")


def write_csv(
    path: Path,
    faces: dict[int, np.ndarray | None],
    *,
    openface: bool = False,
) -> None:
    """A row a frame: of the plain form, or as OpenFace 2 writes it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    count = next(len(face) for face in faces.values() if face is not None)
    names = [f"{axis}_{i}" for axis in "xy" for i in range(count)]
    lead = ["frame", "face_id", "timestamp", "confidence", "success"] if openface else ["frame"]
    lines = [", ".join([*lead, *names, "AU01_r"] if openface else [*lead, *names])]
    for frame, face in faces.items():
        shown = np.zeros((count, 2)) if face is None else face
        cells = [f"{value:.4f}" for value in shown.T.ravel()]
        if openface:
            cells = ["0", "0.04", "0.98", str(int(face is not None)), *cells, "1.5"]
        elif face is None:
            cells = [""] * len(cells)
        lines.append(", ".join([str(frame), *cells]))
    path.write_text("\n".join([*lines, ""]))


def fpoints(root: Path, stem: str, numbers: Sequence[int]) -> None:
    """The corpus's own: 49 points of every picture, in order of time."""
    write_fit(root / "BP4D-fpoints" / f"{stem}.mat", [to_49(points(n)) for n in numbers])


def old_features(root: Path, stem: str, numbers: Sequence[int]) -> None:
    """BP4D+'s name of the folder, ZFace's of the field, an older MATLAB."""
    write_old_fit(root / "2DFeatures" / f"{stem}.mat", [to_49(points(n)) for n in numbers])


def nested_pts(root: Path, stem: str, numbers: Sequence[int]) -> None:
    for number in numbers:
        write_pts(root / "Landmarks" / stem.replace("_", "/") / f"{number:05d}.PTS", points(number))


def pts_66(root: Path, stem: str, numbers: Sequence[int]) -> None:
    for number in numbers:
        write_pts(root / "landmark_points" / stem / f"{number}.pts", to_66(points(number)))


def single_mat(root: Path, stem: str, numbers: Sequence[int]) -> None:
    for number in numbers:
        path = root / "BP4D-fpoints" / stem.replace("_", "/") / f"{number:04d}.mat"
        path.parent.mkdir(parents=True, exist_ok=True)
        savemat(path, {"pts": to_49(points(number))})


def plain_csv(root: Path, stem: str, numbers: Sequence[int]) -> None:
    """In any order of rows: frames are found by number."""
    write_csv(root / "Landmarks" / f"{stem}.csv", {n: points(n) for n in reversed(numbers)})


def openface_csv(root: Path, stem: str, numbers: Sequence[int]) -> None:
    """OpenFace counts a folder's pictures from 1 in the order of their names, 1000 before 998."""
    order = sorted(numbers, key=str)
    faces = {place: points(n) for place, n in enumerate(order, start=1)}
    write_csv(root / "Landmarks" / f"{stem}.csv", faces, openface=True)


# --- trees ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Bp4dLayout:
    """How a laboratory has named things."""

    occurrence: str = "AUCoding/AU_OCC/{s}_{t}.csv"
    intensity: str = "AUCoding/AU_INT/AU{au:02d}/{s}_{t}_AU{au:02d}.csv"
    pictures: str = "{s}/{t}"
    picture: Callable[[int], str] = "{}.jpg".format
    landmarks: Callable[[Path, str, Sequence[int]], None] = fpoints
    columns: Sequence[int] = COLUMNS
    head_of: Callable[[int], str] = str
    first_cell: str = "0"
    flag: str | None = None
    offset: int = 0
    extra: Sequence[int] = (997, 1004)
    newline: str = "\n"
    bom: str = ""
    recordings: Sequence[tuple[str, str]] = RECORDINGS
    settings: dict[str, object] = field(default_factory=dict)


def occurrence_lines(frames: Iterable[int], layout: Bp4dLayout) -> list[str]:
    """An occurrence file; with a flag, FERA 2015's last column, which may be without a head."""
    flagged = [] if layout.flag is None else ["1"]
    header = [layout.first_cell, *map(layout.head_of, layout.columns)]
    rows = [[str(f), *(str(occurrence(f, c)) for c in layout.columns), *flagged] for f in frames]
    return [",".join(cells) for cells in ([*header, layout.flag] if layout.flag else header, *rows)]


def write_table(path: Path, lines: Iterable[str], layout: Bp4dLayout) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    text = layout.bom + layout.newline.join([*lines, ""])
    path.write_bytes(text.encode())


def write_bp4d(root: Path, layout: Bp4dLayout | None = None) -> Path:
    """A tree of `RECORDINGS` with labels of `FRAMES`."""
    layout = layout or Bp4dLayout()
    for s, t in layout.recordings:
        names = {"s": s, "t": t}
        lines = occurrence_lines(FRAMES, layout)
        write_table(root / layout.occurrence.format(**names), lines, layout)
        for au in INTENSITY:
            lines = [f"{frame},{intensity(frame, au)}" for frame in FRAMES]
            write_table(root / layout.intensity.format(**names, au=au), lines, layout)
        numbers = sorted([*layout.extra, *(frame + layout.offset for frame in FRAMES)])
        for number in numbers:
            path = root / layout.pictures.format(**names) / layout.picture(number)
            path.parent.mkdir(parents=True, exist_ok=True)
            cv2.imwrite(str(path), stamp(number))
        layout.landmarks(root, f"{s}_{t}", numbers)
    return root


FERA_INTENSITY = (1, 4, 6, 10, 12, 14, 17)
FERA_OCCURRENCE = (1, 4, 6, 7, 10, 12, 14, 15, 17, 23)
FERA_FRAMES = range(1, 6)


@dataclass(frozen=True)
class Fera2017Layout:
    """How a laboratory has named things of FERA 2017."""

    videos: str = "FERA17_{long}_MV/FERA17_{p}_{s}_{t}_{view}.mp4"
    occurrence: str = "{long}_Occ/FERA17_{p}_{s}_{t}.csv"
    intensity: str = "{long}_Int/FERA17_{p}_{s}_{t}_AU{au:02d}_Int.csv"
    landmarks: str = "Landmarks/FERA17_{p}_{s}_{t}_{view}.csv"
    openface: bool = False
    recordings: Sequence[tuple[str, str, str]] = (("TR", "F001", "T1"), ("VA", "F001", "T1"))
    views: Sequence[int] = (2, 6)
    frames: Sequence[int] = FERA_FRAMES


def shown(frame: int, view: int) -> int:
    """The number that a video's frame shows."""
    return frame + 16 * view


def write_video(path: Path, numbers: Iterable[int]) -> None:
    """A video of numbered pictures."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg4", rate=Fraction(25))
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        stream.bit_rate = 2_000_000
        for number in numbers:
            picture = av.VideoFrame.from_ndarray(stamp(number), format="rgb24")
            container.mux(stream.encode(picture))
        container.mux(stream.encode())


def write_fera2017(root: Path, layout: Fera2017Layout | None = None) -> Path:
    """A tree of FERA 2017; labels hold for all views."""
    layout = layout or Fera2017Layout()
    for p, s, t in layout.recordings:
        names = {"p": p, "s": s, "t": t, "long": {"TR": "Train", "VA": "Valid", "TE": "Test"}[p]}
        frames = layout.frames
        if p != "TE":
            lines = occurrence_lines(frames, Bp4dLayout(columns=FERA_OCCURRENCE, first_cell=""))
            write_table(root / layout.occurrence.format(**names), lines, Bp4dLayout())
            for au in FERA_INTENSITY:
                lines = [f"{f},{intensity(f, au)}" for f in frames]
                write_table(root / layout.intensity.format(**names, au=au), lines, Bp4dLayout())
        for view in layout.views:
            path_of_video = root / layout.videos.format(**names, view=view)
            write_video(path_of_video, [shown(i, view) for i in range(1, len(frames) + 1)])
            faces = {
                place if layout.openface else frame: points(shown(place, view))
                for place, frame in enumerate(frames, start=1)
            }
            path = root / layout.landmarks.format(**names, view=view)
            write_csv(path, faces, openface=layout.openface)
    return root
