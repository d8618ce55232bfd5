"""Settings of methods: frozen dataclasses, overridden by ``--set field=value``."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from typing import Literal, get_args, get_origin, get_type_hints

from aubench.errors import AubenchError, hint


def parse_overrides(texts: Iterable[str]) -> dict[str, str]:
    """``KEY=VALUE`` texts, as given to ``--set``, as a mapping.

    Raises:
        AubenchError: If a text has no equals sign.
    """
    pairs = {}
    for text in texts:
        key, equals, value = text.partition("=")
        if not equals:
            raise AubenchError(f"--set {text}", mend="write --set KEY=VALUE")
        pairs[key.strip()] = value.strip()
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
            raise AubenchError(f"no setting {name!r}", mend=_instead(name, names))
        values[name] = _parse(name, text, types[name])
    return kind(**values)


OPTIONS = frozenset(
    {"cache", "device", "fold", "method", "pack", "precision", "protocol", "recipe", "seed"}
)
"""Words that are options of commands, where no method has a setting of that name."""

SYNONYMS = {
    "batch_size": "batch",
    "learning_rate": "lr",
    "num_epochs": "epochs",
    "wd": "weight_decay",
}
"""Setting of other tools → ours."""


def _instead(name: str, names: list[str]) -> str:
    """What to type instead of the unknown setting ``name``."""
    plain = name.lower().replace("-", "_")
    if plain in OPTIONS:
        return f"it is an option of the command: --{plain}"
    if not names:
        return "it has no settings"
    if SYNONYMS.get(plain) in names:
        return f"did you mean {SYNONYMS[plain]!r}?"
    return hint(name, names, f"choose one of {', '.join(names)}")


_WORDS = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}


def _parse(name: str, text: str, kind: object) -> object:
    """``text`` as a value of the annotated type ``kind``."""
    choices = [a for a in get_args(kind) if a is not type(None)] or [kind]
    if get_origin(kind) is Literal:
        if text in get_args(kind):
            return text
        raise AubenchError(
            f"{name}={text}", mend=f"choose one of {', '.join(map(str, get_args(kind)))}"
        )
    if type(None) in get_args(kind) and text.lower() == "none":
        return None
    try:
        if choices[0] is bool:
            return _WORDS[text.lower()]
        if choices[0] in (int, float, str):
            return choices[0](text)
    except (KeyError, ValueError):
        pass
    raise AubenchError(
        f"{name}={text}", mend=f"give a value of type {getattr(choices[0], '__name__', choices[0])}"
    )
