"""The files that others read: the citation, and the pins of what is installed."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

ROOT = Path(__file__).parents[2]

SCHEMA = ROOT / "tests/data/citation-file-format-1.2.0.schema.json"
"""Of the Citation File Format 1.2.0 (Druskat et al., doi 10.5281/zenodo.5171937, CC-BY-4.0)."""


def faults(citation: dict[str, Any]) -> list[str]:
    schema = json.loads(SCHEMA.read_text())
    return [error.message for error in jsonschema.Draft7Validator(schema).iter_errors(citation)]


def citation() -> dict[str, Any]:
    return yaml.safe_load((ROOT / "CITATION.cff").read_text())


def test_the_citation_is_one() -> None:
    assert faults(citation()) == []


@pytest.mark.parametrize("lost", ["cff-version", "title", "authors", "message"])
def test_a_citation_without_what_it_needs_is_none(lost: str) -> None:
    spoiled = {name: value for name, value in citation().items() if name != lost}
    assert f"'{lost}' is a required property" in faults(spoiled)


def test_one_opencv_is_installed_whatever_the_extras() -> None:
    """Two distributions of OpenCV write into one folder, ``cv2``: whichever comes last."""
    pins = re.findall(r"^([\w.-]+)==", (ROOT / "constraints.txt").read_text(), re.MULTILINE)
    assert {name for name in pins if "opencv" in name} == {"opencv-python-headless"}
    assert not {"cffconvert", "face-alignment"} & set(pins)
