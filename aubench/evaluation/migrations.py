"""Records of older schemas, brought up to date one version at a time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Data = dict[str, Any]


def migrate(data: Any, target: int) -> Any:
    """``data`` converted to schema ``target``; unchanged if it is not an older record."""
    version = data.get("schema_version") if isinstance(data, dict) else None
    while isinstance(version, int) and 0 < version < target:
        data = MIGRATIONS[version]({**data, "schema_version": version + 1})
        version += 1
    return data


def _from_1(data: Data) -> Data:
    """Parameters are counted per fold from version 2 on; version 1 counted them for the method.

    Version 2 also keeps moments per labelled intensity and score histograms, which an older record
    lacks.
    """
    method = dict(data["method"])
    counts = {name: method.pop(name, None) for name in ("parameters", "learnable")}
    folds = [{**fold, **counts} for fold in data["folds"]]
    return {**data, "method": method, "folds": folds, "levels": None}


def _from_2(data: Data) -> Data:
    """Version 3 also knows skipped methods and the hash of the crop recipe."""
    return data


def _from_3(data: Data) -> Data:
    """Version 4 has intervals from pseudo-values; those of a bootstrap are dropped."""
    none = {"intervals": None, "mean_interval": None}
    scores = {
        variant: {name: {**score, **none} for name, score in metrics.items()}
        for variant, metrics in data["scores"].items()
    }
    return {**data, "scores": scores}


def _from_4(data: Data) -> Data:
    """Version 5 says by which recipe a method was trained; an older run with settings may not."""
    method = dict(data["method"])
    if method.get("settings"):
        method["departures"] = ["made before records named a recipe"]
    return {**data, "method": method}


MIGRATIONS: dict[int, Callable[[Data], Data]] = {1: _from_1, 2: _from_2, 3: _from_3, 4: _from_4}
"""Version → the function that converts it to the next one."""
