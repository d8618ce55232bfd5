"""Settings of methods: frozen dataclasses, overridden by ``--set field=value``."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any, Literal, get_args, get_origin, get_type_hints

from aubench.errors import AubenchError, hint


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
        kind: A frozen dataclass whose fields are bool, int, float, str, a list or tuple of these,
            or an optional of any, each with a default. A list is typed as ``[1,2]``.
        overrides: Field names to values as typed.
        recipe: Field names to values that replace the defaults.

    Raises:
        AubenchError: On an unknown field (with the nearest name) or a value of the wrong type.
    """
    if not dataclasses.is_dataclass(kind):
        raise TypeError(f"{kind} is not a dataclass")
    types = get_type_hints(kind)
    names = [f.name for f in dataclasses.fields(kind)]
    values = {name: _of_type(value, types.get(name)) for name, value in (recipe or {}).items()}
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
    typed = name.lower().replace("-", "_")
    if typed in OPTIONS:
        return f"it is an option of the command: --{typed}"
    if not names:
        return "it has no settings"
    if SYNONYMS.get(typed) in names:
        return f"did you mean {SYNONYMS[typed]!r}?"
    return hint(name, names, f"choose one of {', '.join(names)}")


def plain(settings: object) -> dict[str, Any]:
    """Field → value of an instance of a settings dataclass; a list is a tuple."""
    values = dataclasses.asdict(settings)  # type: ignore[call-overload]  # dataclasses by contract
    return {n: tuple(value) if isinstance(value, list) else value for n, value in values.items()}


def shown(value: object) -> str:
    """A value as it is typed after ``--set KEY=``: ``0.5``, ``true``, ``none``, ``[1,2]``."""
    if isinstance(value, tuple | list):
        return f"[{','.join(map(shown, value))}]"
    return str(value).lower() if value is None or isinstance(value, bool) else str(value)


_WORDS = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}

_LISTS = (tuple, list, Sequence)


def _parse(name: str, text: str, kind: object) -> object:
    """``text`` as a value of the annotated type ``kind``."""
    try:
        return _value(text, kind)
    except (KeyError, ValueError) as error:
        raise AubenchError(f"{name}={text}", mend=_wanted(kind)) from error


def _value(text: str, kind: Any) -> object:
    """``text`` as a value of ``kind``; a str takes it with its blanks.

    Raises:
        ValueError: If it is none.
        KeyError: The same.
    """
    text.encode()  # a record is UTF-8: another text raises a ValueError
    word, arguments = text.strip(), get_args(kind)
    if get_origin(kind) is Literal:
        return {str(choice): choice for choice in arguments}[word]
    if _list_of(kind):
        return _list(word, kind)
    if not arguments:
        if kind not in (bool, int, float, str):
            raise ValueError
        return _WORDS[word.lower()] if kind is bool else kind(text if kind is str else word)
    if type(None) in arguments and word.lower() == "none":
        return None
    for choice in arguments:
        with suppress(KeyError, ValueError):
            if choice is not type(None):
                return _value(text, choice)
    raise ValueError


def _list(word: str, kind: Any) -> object:
    """``[1,2]``, with or without the brackets, as a list or a tuple."""
    for first, last in ("[]", "()"):
        if word.startswith(first) and word.endswith(last):
            word = word[1:-1]
    parts = [part.strip().strip("\"'") for part in word.removesuffix(",").split(",") if word]
    kinds = [each for each in get_args(kind) if each is not Ellipsis] or [str]
    fixed = get_origin(kind) is tuple and Ellipsis not in get_args(kind)
    if fixed and len(kinds) != len(parts):
        raise ValueError
    whole = [_value(part, kinds[n if fixed else 0]) for n, part in enumerate(parts)]
    return whole if _list_of(kind) is list else tuple(whole)


def _list_of(kind: Any) -> object:
    """``list`` or ``tuple`` if ``kind`` is such a type; None for another."""
    origin = get_origin(kind) or kind
    return (list if origin is list else tuple) if origin in _LISTS else None


def _of_type(value: object, kind: Any) -> object:
    """``value``, as a list where ``kind`` is a type of lists and it is a tuple; or the reverse."""
    if not isinstance(value, tuple | list):
        return value
    wanted = next(filter(None, map(_list_of, (kind, *get_args(kind)))), tuple)
    return list(value) if wanted is list else tuple(value)


def _wanted(kind: Any) -> str:
    """What to give for a value of ``kind``, in words."""
    arguments = [a for a in get_args(kind) if a is not type(None)]
    if get_origin(kind) is Literal:
        return f"choose one of {', '.join(map(str, arguments))}"
    if _list_of(kind):
        named = [getattr(each, "__name__", str(each)) for each in arguments if each is not Ellipsis]
        return f"write a list, [A,B], of {' and '.join(named) or 'words'}"
    if arguments:
        return _wanted(arguments[0])
    return f"give a value of type {getattr(kind, '__name__', kind)}"
