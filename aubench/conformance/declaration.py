"""What a method says of itself: its module, its settings."""

from __future__ import annotations

import dataclasses
import subprocess
import sys
from collections.abc import Iterator

from aubench.conformance.finding import FaultError, Finding, examine
from aubench.method import Method
from aubench.settings import resolve_settings


def check_declaration(kind: type[Method], module: str) -> Iterator[Finding]:
    """Check a method without running it.

    Args:
        kind: Its class.
        module: Where its entry point finds it.
    """
    yield examine("start-up", lambda: _imports_no_torch(module))
    yield examine("settings", lambda: _settings_are_sound(kind.Settings))
    yield examine("summary", lambda: _has_summary(kind))


def _imports_no_torch(module: str) -> str:
    """In a process of its own: this one may have torch already."""
    script = "import sys, importlib; importlib.import_module(sys.argv[1])\n"
    script += "print('torch' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", script, module], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise FaultError(f"{module} cannot be imported: {done.stderr.strip().splitlines()[-1]}")
    if done.stdout.split()[-1] == "True":
        raise FaultError(f"{module} imports torch: import it in the functions that need it")
    return "its module imports without torch"


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


def _has_summary(kind: type[Method]) -> str:
    if not kind.summary or "\n" in kind.summary:
        raise FaultError("summary must be one line, for aubench list")
    return kind.summary
