"""Settings of methods: frozen dataclasses, overridden by ``--set field=value``."""

from __future__ import annotations

import dataclasses
import difflib
from collections.abc import Iterable, Mapping
from typing import Literal, get_args, get_origin, get_type_hints

from aubench.errors import AubenchError


def parse_overrides(texts: Iterable[str]) -> dict[str, str]:
    """``KEY=VALUE`` texts, as given to ``--set``, as a mapping; values stay as they were typed.

    Raises:
        AubenchError: If a text has no equals sign.
    """
    pairs = {}
    for text in texts:
        key, equals, value = text.partition("=")
        if not equals:
            raise AubenchError(f"--set {text}", mend="write --set KEY=VALUE")
        pairs[key.strip()] = value
    return pairs


def resolve_settings(
    kind: type, overrides: Mapping[str, str], recipe: Mapping[str, object] | None = None
) -> object:
    """An instance of the settings dataclass ``kind`` with ``--set`` overrides applied.

    Args:
        kind: A frozen dataclass whose fields are bool, int, float, str or an optional of these,
            each with a default.
        overrides: Field names to values as typed.
        recipe: Field names to values that replace the defaults.

    Raises:
        AubenchError: On an unknown field (with the nearest name) or a value of the wrong type.
    """
    if not dataclasses.is_dataclass(kind):
        raise TypeError(f"{kind} is not a dataclass")
    types = get_type_hints(kind)
    names = [f.name for f in dataclasses.fields(kind)]
    values: dict[str, object] = dict(recipe or {})
    for name, text in overrides.items():
        if name not in names:
            near = difflib.get_close_matches(name, names, n=1)
            hint = f"did you mean {near[0]!r}?" if near else f"choose one of {', '.join(names)}"
            raise AubenchError(f"no setting {name!r}", mend=hint if names else "it has no settings")
        values[name] = _parse(name, text, types[name])
    return kind(**values)


_WORDS = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}


def _parse(name: str, text: str, kind: object) -> object:
    """``text`` as a value of the annotated type ``kind``; a str takes it with its blanks."""
    choices = [a for a in get_args(kind) if a is not type(None)] or [kind]
    if choices[0] is not str:
        text = text.strip()
    if get_origin(kind) is Literal:
        if text in get_args(kind):
            return text
        raise AubenchError(
            f"{name}={text}", mend=f"choose one of {', '.join(map(str, get_args(kind)))}"
        )
    if type(None) in get_args(kind) and text.strip().lower() == "none":
        return None
    try:
        if choices[0] is bool:
            return _WORDS[text.lower()]
        if choices[0] in (int, float, str):
            text.encode()  # a record is UTF-8
            return choices[0](text)
    except (KeyError, ValueError):
        pass
    wanted = "str, in UTF-8" if choices[0] is str else getattr(choices[0], "__name__", choices[0])
    raise AubenchError(f"{name}={text}", mend=f"give a value of type {wanted}")
