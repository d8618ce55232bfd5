"""Tiny face-alignment corpora as they are downloaded: LS3D-W, 300W-LP and WFLW."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from scipy.io import savemat

from aubench.corpora.alignment.wflw import POINTS_68
from support.trees.disfa_tree import points

WIDTH, HEIGHT = 160, 120


def t7(matrix: np.ndarray, **forged: Any) -> bytes:
    """A matrix as torch.save of Torch7 writes it (File.lua, Tensor.c, Storage.c), 64-bit longs."""

    def text(value: bytes) -> bytes:
        return struct.pack("<i", len(value)) + value

    kind = b"Double" if matrix.dtype == np.float64 else b"Float"
    rows, columns = matrix.shape
    tensor = struct.pack("<ii", forged.get("type", 4), 1) + text(b"V 1")
    tensor += text(forged.get("class_", b"torch." + kind + b"Tensor"))
    size, stride = forged.get("size", (rows, columns)), forged.get("stride", (columns, 1))
    tensor += struct.pack("<i5q", forged.get("dimensions", 2), *size, *stride, forged.get("at", 1))
    storage = struct.pack("<ii", 4, 2) + text(b"V 1") + text(b"torch." + kind + b"Storage")
    return (
        tensor + storage + struct.pack("<q", forged.get("count", rows * columns)) + matrix.tobytes()
    )


def picture(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), np.full((HEIGHT, WIDTH, 3), 90, np.uint8))


def write_ls3dw(root: Path) -> Path:
    for number, stem in enumerate(("300VW-3D/CatA/114/1", "300VW-3D/CatA/114/2", "Menpo-3D/7")):
        picture(root / f"{stem}.jpg")
        kind = (np.float32, np.float64)[number % 2]
        (root / f"{stem}.t7").write_bytes(t7((points(number) + 1).astype(kind)))
    return root


def write_300wlp(root: Path) -> Path:
    base = root / "300W_LP"
    for number, stem in enumerate(("AFW/AFW_1_0", "AFW/AFW_1_1", "IBUG/x_0")):
        picture(base / f"{stem}.jpg")
        savemat(base / f"{stem}.mat", {"pt2d": np.zeros((2, 68))})  # of the face before it turned
        mat = base / "landmarks" / f"{stem}_pts.mat"
        mat.parent.mkdir(parents=True, exist_ok=True)
        both = {"pts_2d": points(number) + 1, "pts_3d": points(number) + np.array([3, 1])}
        savemat(mat, both, do_compression=number == 1)
    picture(base / "AFW_Flip" / "AFW_1_0.jpg")  # mirrored, without landmarks
    return root


def line_of(face: np.ndarray, name: str) -> str:
    """A line of WFLW: 98 points of which 68 are ``face``, box, attributes, path."""
    every = np.full((98, 2), 50.0)
    every[list(POINTS_68)] = face
    return " ".join([*(f"{v:.6f}" for v in every.ravel()), *"1199000001", name])


def write_wflw(root: Path) -> Path:
    lists = root / "WFLW_annotations" / "list_98pt_rect_attr_train_test"
    lists.mkdir(parents=True)
    faces = {"train": ("0--Parade/a.jpg", "0--Parade/a.jpg", "b/d.jpg"), "test": ("b/c.jpg",)}
    for part, names in faces.items():
        rows = [line_of(points(number), name) for number, name in enumerate(names)]
        (lists / f"list_98pt_rect_attr_{part}.txt").write_text("\n".join(rows) + "\n")
        for name in names:
            picture(root / "WFLW_images" / name)
    return root
