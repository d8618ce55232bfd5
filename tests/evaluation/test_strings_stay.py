"""Strings of users stay as they were typed, in settings and in records."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from aubench.evaluation.records import read_record
from aubench.registry import find
from aubench.settings import parse_overrides, resolve_settings
from support.make_records import make_record


@dataclass(frozen=True)
class Texts:
    text: str = ""


ODD = ["[ b   c ]", " a ", "x\ty", "none", "1", "a=b", "é\u00a0ü"]


@pytest.mark.parametrize("text", ODD)
def test_a_text_after_set_keeps_its_blanks(text: str) -> None:
    assert resolve_settings(Texts, parse_overrides([f"text={text}"])) == Texts(text)


@pytest.mark.parametrize("text", ODD)
def test_a_record_keeps_a_string_as_it_is(text: str, tmp_path: Path) -> None:
    make_record(tmp_path, find("protocols", "disfa3fold"), problems=(text,), status="partial")
    (path,) = tmp_path.rglob("record.json")
    assert read_record(path).problems == (text,)
