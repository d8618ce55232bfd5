"""Checks of what a method declares: its settings and its summary."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

from aubench.conformance.finding import FaultError, Finding, examine
from aubench.conformance.sources import COMPANY
from aubench.method import Method
from aubench.settings import resolve_settings


def check_declaration(kind: type[Method], written: str) -> Iterator[Finding]:
    """Check a method without running it.

    Args:
        kind: Class of the method.
        written: Its summary as it stands in the source.
    """
    yield examine("settings", lambda: _settings_are_sound(kind.Settings))
    yield examine("summary", lambda: _has_summary(kind, written))
    yield examine("context", lambda: _says_what_it_uses(kind))


def _settings_are_sound(kind: type) -> str:
    if not dataclasses.is_dataclass(kind):
        raise FaultError(f"{kind.__name__} is no dataclass")
    if not kind.__dataclass_params__.frozen:  # type: ignore[attr-defined]  # every dataclass has it
        raise FaultError(f"{kind.__name__} is not frozen: write @dataclass(frozen=True)")
    fields = dataclasses.fields(kind)
    missing = dataclasses.MISSING
    for field in fields:
        if field.default is missing and field.default_factory is missing:
            raise FaultError(f"{field.name} has no default")
    settings = kind()
    for field in fields:
        value = getattr(settings, field.name)
        typed = getattr(resolve_settings(kind, {field.name: str(value)}), field.name)
        if typed != value:
            raise FaultError(f"--set {field.name}={value} gives {typed!r}, not {value!r}")
    return f"a frozen dataclass; --set reaches all {len(fields)} fields" if fields else "none"


def _has_summary(kind: type[Method], written: str) -> str:
    if not kind.summary or "\n" in kind.summary:
        raise FaultError("summary must be one line, for aubench list")
    if written != kind.summary:
        raise FaultError("summary must be a plain string in the body of the class: list reads it")
    return kind.summary


def _says_what_it_uses(kind: type[Method]) -> str:
    if kind.context not in COMPANY:
        raise FaultError(f"context is {kind.context!r}, not one of {', '.join(COMPANY)}")
    return f"declares that a value depends on {COMPANY[kind.context][0]}"
