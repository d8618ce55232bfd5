"""A twin is one corpus on every processor, and says so where it is not the published one."""

import json
import os
import shutil
from pathlib import Path

import av
import pytest

from aubench.synthetic.corpora.tree import GENERATOR
from aubench.synthetic.fingerprints import FINGERPRINTS
from support.command import Aubench

OLD_PROCESSORS = {
    "numba": {"NUMBA_CPU_NAME": "generic", "NUMBA_CPU_FEATURES": ""},
    "opencv": {"OPENCV_CPU_DISABLE": "AVX512-SKX,AVX2,FMA3,AVX,SSE4.2,SSE4.1"},
    "numpy": {"NPY_DISABLE_CPU_FEATURES": "X86_V3 X86_V4 AVX512_ICL AVX512_SPR"},
    "openblas": {"OPENBLAS_CORETYPE": "Prescott"},
    "libjpeg": {"JSIMD_FORCENONE": "1"},
}
"""Library → the variables that make it take this processor for an old one.

Names of features are those of OpenCV 5 and numpy 2.4; each library passes over what it does not
know, and what this processor does not have.
"""

SHOWN = ("run", "--method", "mean", "--protocol", "disfa3fold")


def made(aubench: Aubench, folder: Path, *, workers: int = 1, **environment: str) -> str:
    """The fingerprint of a small twin of DISFA: rendered, filmed, decoded, cropped, compressed."""
    for arguments in (
        ("synth", "disfa", folder / "tree", "--frames", 3, "--width", 240, "--height", 192,
         "--subjects", "SN001,SN004,SN012"),
        ("prepare", "disfa", folder / "tree", folder / "pack", "--size", 64,
         "--sampling", "supersampling"),
    ):  # fmt: skip
        done = aubench(*arguments, "--workers", workers, **environment)
        assert done.returncode == 0, done.stderr
        assert "sitecustomize" not in done.stderr  # Python only prints its errors
    return str(json.loads((folder / "pack" / "manifest.json").read_text())["fingerprint"])


@pytest.mark.slow
def test_a_twin_does_not_depend_on_processor_or_workers(aubench: Aubench, tmp_path: Path) -> None:
    own = made(aubench, tmp_path / "own")
    assert made(aubench, tmp_path / "two", workers=2) == own
    for name, environment in OLD_PROCESSORS.items():
        compiled = {"NUMBA_CACHE_DIR": str(tmp_path / "numba")} if name == "numba" else {}
        assert made(aubench, tmp_path / name, **environment, **compiled) == own, name


@pytest.mark.slow
def test_a_twin_does_not_depend_on_ffmpegs_vectors(aubench: Aubench, tmp_path: Path) -> None:
    libraries = [*(Path(av.__file__).parent.parent / "av.libs").glob("libavutil*")]
    if not libraries:
        pytest.skip("FFmpeg's library is not beside PyAV")
    start = tmp_path / "start"
    start.mkdir()
    (start / "sitecustomize.py").write_text(
        f"import av, ctypes\nctypes.CDLL({str(libraries[0])!r}).av_force_cpu_flags(0)\n"
    )
    path = os.pathsep.join([str(start), os.environ.get("PYTHONPATH", "")])
    plain = made(aubench, tmp_path / "plain", PYTHONPATH=path)
    assert plain == made(aubench, tmp_path / "own")


@pytest.mark.slow
def test_the_demos_twin_is_the_published_one(aubench: Aubench) -> None:
    done = aubench(*SHOWN, "--twin", "demo")
    assert done.returncode == 0, done.stderr
    assert f"fingerprint {FINGERPRINTS[GENERATOR, 'disfa', 128, 40, 0][:12]}" in done.stdout
    assert "not the published one" not in done.stdout


@pytest.mark.slow
def test_a_twin_that_is_not_the_published_one_says_so(
    aubench: Aubench, cache: Path, tmp_path: Path
) -> None:
    small = aubench(*SHOWN, "--twin-size", 64, "--twin-frames", 6)
    assert small.returncode == 0, small.stderr
    found, other = f"disfa-64px-6f-seed0-v{GENERATOR}", f"disfa-128px-40f-seed0-v{GENERATOR}"
    shutil.copytree(cache / "twins" / found, tmp_path / "cache" / "twins" / other)
    done = aubench(*SHOWN, AUBENCH_CACHE=str(tmp_path / "cache"))
    assert done.returncode == 0, done.stderr
    (line,) = (text for text in done.stdout.splitlines() if "not the published one" in text)
    assert FINGERPRINTS[GENERATOR, "disfa", 128, 40, 0] in line
