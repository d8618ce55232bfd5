"""``aubench study noise --source`` of a pack whose landmarks came from a folder of their own."""

from pathlib import Path

import numpy as np
import pytest

from aubench.errors import AubenchError
from aubench.figures.study.picture_source import FromCorpus
from aubench.pack.pack import Pack
from support.command import run_here
from support.trees.recorded_trees import Bp4dLayout, nested_pts, points, write_bp4d


def test_the_folder_of_landmarks_is_named_again(tmp_path: Path) -> None:
    """The pack does not say where it lies."""
    root = write_bp4d(tmp_path / "BP4D", Bp4dLayout(landmarks=nested_pts))
    folder = (root / "Landmarks").rename(tmp_path / "points")
    options = ("--size", 32, "--workers", 1, "--landmark-source", folder)
    assert run_here("prepare", "bp4d", root, tmp_path / "pack", *options)[0] == 0
    pack = Pack.open(tmp_path / "pack")
    with pytest.raises(AubenchError, match="came from a folder of their own") as caught:
        FromCorpus(root, pack)
    assert caught.value.mend == "name that folder with --landmark-source"
    source = FromCorpus(root, pack, folder)
    (faces,) = source.faces(np.arange(6))
    found = faces.landmarks
    frames = pack.index["frame"].iloc[:6]
    np.testing.assert_allclose(found, [points(frame) for frame in frames], atol=1e-3)
