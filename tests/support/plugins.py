"""Plug-ins through real entry points: dist-info folders on the path, as pip would leave them."""

import os
import subprocess
import sys
from pathlib import Path


def install(site: Path, dist: str, entries: str, modules: dict[str, str]) -> None:
    """Put a distribution with entry points and modules into the folder ``site``."""
    info = site / f"{dist}-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {dist}\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(entries)
    for name, text in modules.items():
        (site / f"{name}.py").write_text(text)


def aubench(site: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """The command line in a process of its own, with ``site`` on the path."""
    path = os.pathsep.join(filter(None, (str(site), os.environ.get("PYTHONPATH"))))
    return subprocess.run(
        [sys.executable, "-m", "aubench", *arguments],
        env=os.environ | {"PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
