"""JSON files that need not be honest."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any, NoReturn

from pydantic import BaseModel, ConfigDict, JsonValue, Strict

from aubench.errors import AubenchError, DamagedError
from aubench.io.atomic import atomic
from aubench.io.special import ordinary

MAX_BYTES = 64 << 20
"""A larger file is refused unread; the manifest of FERA 2017 has 20 kB, its record some MB."""


def read_json(path: Path, kind: str, mend: str) -> JsonValue:
    """What is in a JSON file.

    Args:
        path: The file.
        kind: What it should be, for messages.
        mend: What the user can do about it.

    Raises:
        AubenchError: If it is missing, larger than `MAX_BYTES`, no JSON, nested too deep, or has a
            name twice in one object: readers differ in which of the two they take. It is a
            `DamagedError` if the file is there and no such JSON.
    """
    try:
        if ordinary(path).stat().st_size > MAX_BYTES:
            raise AubenchError(f"too large for a {kind}", mend=mend, path=path)
        text = path.read_text(encoding="utf-8")
        data: JsonValue = json.loads(text, object_pairs_hook=_unique, parse_constant=_refuse)
    except OSError as error:
        what = f"no readable {kind}: {error.strerror or error}"
        raise AubenchError(what, mend=mend, path=path) from error
    except ValueError as error:
        what = f"not JSON, as a {kind} is: {str(error)[:120]}"
        raise DamagedError(what, mend=mend, path=path) from error
    except RecursionError as error:
        raise DamagedError("not JSON: nested too deep", mend=mend, path=path) from error
    return data


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        raise ValueError(f"{next(n for n in names if names.count(n) > 1)[:40]!r} twice")
    return found


def _refuse(name: str) -> NoReturn:
    raise ValueError(f"{name}, which JSON does not have")


Real = Annotated[float, Strict()]
"""A number of a JSON document; a text that spells one is an error."""


class StrictModel(BaseModel):
    """An immutable piece of a JSON document; a field that it does not know is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    def write(self, path: Path) -> None:
        """Write the JSON document ``path``, whole or not at all."""
        with atomic(path) as temporary:
            temporary.write_text(self.model_dump_json(indent=1) + "\n", encoding="utf-8")
