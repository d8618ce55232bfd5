"""Pictures of every kind that people have, through ``aubench predict``: right, or refused.

Overlays show the pictures as they were read: the same as that of an 8-bit PNG of what people see.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from PIL import Image

from aubench.errors import AubenchError
from aubench.media.video import Video
from support.runs.predicting import SIZE, cropped, make_run, predict, scene, write_pts

GREY = np.asarray(Image.fromarray(cropped(*scene())).convert("L")).copy()
GREY[0, :2] = 0, 255
COLOUR = cropped(*scene(1))
DEEP = GREY.astype(np.uint16) * 257
"""White is 65,535, where it is 255 in 8 bits."""


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_run(tmp_path_factory.mktemp("runs"), "scratch")


def shown(run: Path, path: Path, *more: object) -> np.ndarray:
    """The picture in the overlay, 560 pixels high: integers, RGB."""
    overlay = path.with_name(f"{path.name}-overlay.png")
    predict(run, path, *(more or ["--cropped"]), "--overlay", overlay)
    return picture_in(overlay)


def all_shown(run: Path, folder: Path, *more: object) -> dict[str, np.ndarray]:
    """Name without its ending → the picture in the overlay, of all pictures of a folder."""
    overlays = folder / "overlays"
    predict(run, folder, *(more or ["--cropped"]), "--overlay", overlays)
    return {path.stem: picture_in(path) for path in overlays.iterdir()}


def picture_in(overlay: Path) -> np.ndarray:
    drawn = np.asarray(Image.open(overlay), dtype=int)
    return drawn[24:584, 24 : 24 + 560]  # beside it are bars and names


def as_seen(run: Path, folder: Path, picture: np.ndarray) -> np.ndarray:
    """The overlay's picture of an 8-bit PNG."""
    Image.fromarray(picture).save(folder / "plain.png")
    return shown(run, folder / "plain.png")


def png(path: Path, picture: np.ndarray, colour: int) -> None:
    """A PNG of 16 bits with any channels (PNG, 3rd edition, section 11.2): Pillow writes one."""
    import zlib

    def chunk(name: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        )

    height, width = picture.shape[:2]
    head = struct.pack(">IIBBBBB", width, height, 16, colour, 0, 0, 0)
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in picture)
    parts = chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + parts)


def tiff(path: Path, data: bytes, bits: int, kind: int = 1, zero_is: str = "black") -> None:
    """A grey TIFF (TIFF 6.0, section 4) of samples with any bits; ``kind`` 2 is signed, 3 float."""
    short, long = 3, 4
    tags = [
        (256, long, SIZE), (257, long, SIZE), (258, short, bits), (259, short, 1),
        (262, short, {"white": 0, "black": 1}[zero_is]), (273, long, 8), (277, short, 1),
        (278, long, SIZE), (279, long, len(data)), (339, short, kind),
    ]  # fmt: skip
    entries = b"".join(struct.pack("<HHII", tag, form, 1, value) for tag, form, value in tags)
    table = struct.pack("<H", len(tags)) + entries + bytes(4)
    path.write_bytes(struct.pack("<2sHI", b"II", 42, 8 + len(data)) + data + table)


def twelve_bits(picture: np.ndarray) -> bytes:
    """Samples of 12 bits, white 4095: two in three bytes."""
    wide = np.rint(picture.astype(float) * 4095 / 255).astype(int).reshape(-1, 2)
    first, second = wide.T
    packed = np.stack([first >> 4, (first & 15) << 4 | second >> 8, second & 255], axis=1)
    return packed.astype(np.uint8).tobytes()


GREYS: dict[str, Callable[[Path], object]] = {
    "8.png": lambda path: Image.fromarray(GREY).save(path),
    "16.png": lambda path: Image.fromarray(DEEP).save(path),
    "16_tiff.tif": lambda path: Image.fromarray(DEEP).save(path),
    "16_packed.tif": lambda path: Image.fromarray(DEEP).save(path, compression="tiff_lzw"),
    "16_big_endian.tif": lambda path: Image.fromarray(DEEP.astype(">u2")).save(path),
    "16_zero_is_white.tif": lambda p: tiff(p, (65535 - DEEP).tobytes(), 16, zero_is="white"),
    "12_tiff.tif": lambda path: tiff(path, twelve_bits(GREY), 12),
    "float.tif": lambda path: Image.fromarray(np.float32(GREY / 255)).save(path),
    "16_rgb.png": lambda path: png(path, np.repeat(DEEP[..., None], 3, 2), 2),
    "16_with_alpha.png": lambda p: png(p, np.stack([DEEP, np.full_like(DEEP, 65535)], 2), 4),
    "palette.png": lambda path: Image.fromarray(GREY).convert("P").save(path),
}


def test_a_grey_picture_of_any_depth_is_that_of_8_bits(run: Path, tmp_path: Path) -> None:
    for name, write in GREYS.items():
        write(tmp_path / name)
    found = all_shown(run, tmp_path)
    assert len(found) == len(GREYS)
    for name, picture in found.items():
        np.testing.assert_allclose(picture, found["8"], atol=2, err_msg=name)


UNKNOWN: dict[str, Callable[[Path], object]] = {
    "32-bit integers": lambda path: Image.fromarray(DEEP.astype(np.int32)).save(path),
    "unsigned 32-bit integers": lambda p: tiff(p, (DEEP.astype(np.uint32) << 16).tobytes(), 32),
    "signed 16-bit integers": lambda p: tiff(p, (DEEP >> 1).astype(np.int16).tobytes(), 16, 2),
    "12 bits in 16": lambda path: Image.fromarray(DEEP >> 4).save(path),
    "colours of 12 bits in 16": lambda p: png(
        p.with_suffix(".png"), np.repeat(DEEP[..., None] >> 4, 3, 2), 2
    ),
    "floats to 255": lambda path: Image.fromarray(np.float32(GREY)).save(path),
    "floats below 0": lambda path: Image.fromarray(np.float32(GREY / 255 - 0.1)).save(path),
    "NaN": lambda path: Image.fromarray(np.full((SIZE, SIZE), np.nan, np.float32)).save(path),
}


@pytest.mark.parametrize("name", UNKNOWN)
def test_a_picture_that_does_not_say_what_is_white_is_refused(
    run: Path, tmp_path: Path, name: str
) -> None:
    UNKNOWN[name](tmp_path / "deep.tif")
    (path,) = tmp_path.iterdir()
    with pytest.raises(
        AubenchError, match=r"deep\..*: which value is white\?; save it with 8 bits"
    ):
        predict(run, path, "--cropped")


def test_a_black_picture_of_16_bits_is_black(run: Path, tmp_path: Path) -> None:
    Image.fromarray(np.zeros_like(DEEP)).save(tmp_path / "night.png")
    wanted = as_seen(run, tmp_path, np.zeros_like(COLOUR))
    np.testing.assert_array_equal(shown(run, tmp_path / "night.png"), wanted)


def clear(picture: np.ndarray) -> np.ndarray:
    """Opacity that is 0 in the left half of a picture."""
    opacity = np.full(picture.shape[:2], 255, np.uint8)
    opacity[:, : SIZE // 2] = 0
    return opacity


def with_clear_colour(path: Path) -> None:
    """A palette whose colour 0 is not seen, in the left half; it is white below."""
    drawn = Image.fromarray(GREY).convert("P")
    places = np.asarray(drawn).clip(1)
    places[:, : SIZE // 2] = 0
    held = Image.fromarray(places, "P")
    held.putpalette([255, 255, 255, *[level for n in range(1, 256) for level in (n, n, n)]])
    held.save(path, transparency=0)


TRANSPARENT: dict[str, Callable[[Path], object]] = {
    "rgba_png.png": lambda path: Image.fromarray(np.dstack([COLOUR, clear(COLOUR)])).save(path),
    "rgba_webp.webp": lambda p: Image.fromarray(np.dstack([COLOUR, clear(COLOUR)])).save(
        p, lossless=True, exact=True
    ),
    "rgba_tiff.tif": lambda path: Image.fromarray(np.dstack([COLOUR, clear(COLOUR)])).save(path),
    "grey.png": lambda path: Image.fromarray(np.dstack([GREY, clear(GREY)]), "LA").save(path),
    "grey_16.png": lambda p: png(p, np.dstack([DEEP, clear(GREY).astype(np.uint16) * 257]), 4),
    "palette.png": with_clear_colour,
}


def test_what_is_transparent_lies_on_black(run: Path, tmp_path: Path) -> None:
    grey = np.repeat(GREY[..., None], 3, axis=2)
    for name, write in TRANSPARENT.items():
        write(tmp_path / name)
        picture = (COLOUR if "rgb" in name else grey).clip(1 if "palette" in name else 0)
        picture[:, : SIZE // 2] = 0
        Image.fromarray(picture).save(tmp_path / f"wanted_{Path(name).stem}.bmp")
    found = all_shown(run, tmp_path)
    for name in (Path(name).stem for name in TRANSPARENT):
        np.testing.assert_array_equal(found[name], found[f"wanted_{name}"], err_msg=name)


def test_half_transparent_is_half_as_bright(run: Path, tmp_path: Path) -> None:
    Image.fromarray(np.dstack([COLOUR // 2 * 2, np.full_like(GREY, 128)])).save(tmp_path / "h.png")
    wanted = as_seen(run, tmp_path, COLOUR // 2)
    np.testing.assert_allclose(shown(run, tmp_path / "h.png"), wanted, atol=2)


def test_print_colours_and_line_art_are_read(run: Path, tmp_path: Path) -> None:
    ink = Image.fromarray(255 - COLOUR).split()
    Image.merge("CMYK", (*ink, Image.new("L", (SIZE, SIZE)))).save(tmp_path / "cmyk.tif")
    wanted = as_seen(run, tmp_path, COLOUR)
    np.testing.assert_allclose(shown(run, tmp_path / "cmyk.tif"), wanted, atol=2)
    drawn = GREY > 127
    Image.fromarray(drawn).save(tmp_path / "line.png")
    wanted = as_seen(run, tmp_path, np.repeat(drawn[..., None] * np.uint8(255), 3, axis=2))
    np.testing.assert_array_equal(shown(run, tmp_path / "line.png"), wanted)


@pytest.mark.parametrize("ending", ["png", "webp", "tif"])
def test_a_file_of_several_pictures_is_refused(run: Path, tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"film.{ending}"
    first, second = Image.fromarray(COLOUR), Image.fromarray(255 - COLOUR)
    first.save(path, save_all=True, append_images=[second])
    with pytest.raises(AubenchError, match=r"holds several pictures.*save each"):
        predict(run, path, "--cropped")


def test_a_photograph_with_a_preview_is_its_first_picture(run: Path, tmp_path: Path) -> None:
    first, second = Image.fromarray(COLOUR), Image.fromarray(255 - COLOUR)
    first.save(tmp_path / "phone.jpg", "MPO", save_all=True, append_images=[second], quality=100)
    wanted = as_seen(run, tmp_path, np.asarray(Image.open(tmp_path / "phone.jpg")))
    np.testing.assert_array_equal(shown(run, tmp_path / "phone.jpg"), wanted)


STORED: dict[int, Callable[[np.ndarray], np.ndarray]] = {
    1: lambda seen: seen,
    2: np.fliplr,
    3: lambda seen: np.rot90(seen, 2),
    4: np.flipud,
    5: lambda seen: seen.swapaxes(0, 1),
    6: lambda seen: np.rot90(seen, 1),
    7: lambda seen: np.rot90(seen.swapaxes(0, 1), 2),
    8: lambda seen: np.rot90(seen, -1),
}
"""EXIF orientation → what a camera stores of what is seen (CIPA DC-008, tag 274): with 6, the first
row stored is the right side seen."""


def test_a_folder_of_photographs_is_seen_upright(run: Path, tmp_path: Path) -> None:
    picture, points = scene()
    for orientation, stored in STORED.items():
        exif = Image.Exif()
        exif[274] = orientation
        for ending in ("png", "webp", "tif"):
            name = f"{orientation}{ending}"
            turned = Image.fromarray(np.ascontiguousarray(stored(picture)))
            turned.save(tmp_path / f"{name}.{ending}", exif=exif, lossless=True)
            write_pts(tmp_path / f"{name}.pts", points)
    found = all_shown(run, tmp_path, "--landmarks", tmp_path)
    assert len(found) == 24
    for name, picture_shown in found.items():
        np.testing.assert_array_equal(picture_shown, found["1png"], err_msg=name)


def test_a_photograph_is_seen_upright(run: Path, tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[274] = 6
    stored = Image.fromarray(np.ascontiguousarray(STORED[6](COLOUR)))
    stored.save(tmp_path / "telephone.png", exif=exif)
    wanted = as_seen(run, tmp_path, COLOUR)
    np.testing.assert_array_equal(shown(run, tmp_path / "telephone.png"), wanted)


def test_a_video_of_a_telephone_is_seen_upright(run: Path, tmp_path: Path) -> None:
    films = {}
    for name, angle in (("upright", 0), ("turned", -90)):  # turn it clockwise to see it
        path, overlay = tmp_path / f"{name}.mov", tmp_path / f"{name}-overlay.mkv"
        with av.open(str(path), "w") as container:
            stream: Any = container.add_stream("qtrle", rate=Fraction(10))
            stream.width, stream.height, stream.pix_fmt = SIZE, SIZE, "rgb24"
            stream.set_display_rotation(angle)
            picture = np.ascontiguousarray(np.rot90(COLOUR, -angle // 90))
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
            container.mux(stream.encode())
        predict(run, path, "--cropped", "--overlay", overlay)
        with Video(overlay) as drawn:
            (frame,) = drawn
        films[name] = frame
    np.testing.assert_array_equal(films["turned"], films["upright"])
