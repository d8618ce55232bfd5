"""A plan: one method under one protocol on given packs, checked before anything is computed."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pandas as pd

from aubench.errors import AubenchError
from aubench.evaluation.coverage import check_pack
from aubench.evaluation.records import MethodInfo, Status
from aubench.evaluation.run_id import run_id
from aubench.evaluation.scoring import corpus_info
from aubench.method import Method
from aubench.pack.pack import Pack
from aubench.protocol import Protocol
from aubench.registry import find, plugins
from aubench.settings import resolve_settings


@dataclass(frozen=True)
class Plan:
    """Everything that decides the outcome of a run.

    Attributes:
        name: The method as typed, ``adapt`` or ``timm/convnext_tiny``.
        method: The method, configured.
        protocol: What the method is tested under.
        packs: Corpus → pack.
        seed: Seed of every random draw.
        precision: A Lightning Fabric precision.
        results: Folder of all results.
        status: Official, partial or synthetic.
        problems: Why it is not official.
    """

    name: str
    method: Method
    protocol: Protocol
    packs: Mapping[str, Pack]
    seed: int
    precision: str
    results: Path
    status: Status
    problems: tuple[str, ...]

    @property
    def settings(self) -> dict[str, str | int | float | bool | None]:
        """The method's resolved settings, every field."""
        return dataclasses.asdict(self.method.settings)  # type: ignore[call-overload, no-any-return]  # settings are dataclasses by contract

    @cached_property
    def method_info(self) -> MethodInfo:
        """What a record says of the method."""
        return MethodInfo(
            name=self.name,
            origin=method_origin(self.name),
            settings=self.settings,
            synthetic=self.method.synthetic_parts(),
            ingredients=dict(self.method.ingredients()),
            context=self.method.context,
        )

    @cached_property
    def run_id(self) -> str:
        """The id of what was planned, computed once: files may change while the method learns."""
        packs = [corpus_info(pack.manifest) for pack in self.packs.values()]
        return run_id(self.method_info, self.protocol.hash, packs, self.seed, self.precision)

    @property
    def folder(self) -> Path:
        """Where this run's predictions, checkpoints and record go."""
        return self.results / self.protocol.name / self.name.replace("/", "-") / self.run_id

    @property
    def tested(self) -> tuple[str, ...]:
        """Keys of all test subjects."""
        return tuple(subject for fold in self.protocol.folds for subject in fold.test)

    @property
    def synthetic(self) -> bool:
        """True if any picture is not of a real person."""
        return any(pack.manifest.synthetic for pack in self.packs.values())

    @property
    def lacking(self) -> tuple[str, ...]:
        """One line for every subject of the protocol that the packs do not hold."""
        held = set(joint_index(self.packs)["subject"].unique())
        return tuple(f"no frames of {s}" for s in self.protocol.subjects if s not in held)

    def fold_seed(self, fold: str) -> int:
        """The seed of one fold, 31 bits; folds draw independently."""
        digest = hashlib.sha256(f"{self.seed}/{fold}".encode()).digest()
        return int.from_bytes(digest[:4], "big") >> 1


def make_method(name: str, overrides: Mapping[str, str]) -> Method:
    """The method that ``name`` stands for, with settings overridden.

    Args:
        name: A registered name, or ``FAMILY/VARIANT``.
        overrides: ``--set`` fields and values as typed.

    Raises:
        AubenchError: On an unknown name, a missing or needless variant, or an unknown setting.
    """
    base, _, variant = name.partition("/")
    kind: type[Method] = find("methods", base)
    if kind.family and not variant:
        raise AubenchError(f"{base} is a family of methods", mend=f"name one: {base}/VARIANT")
    if variant and not kind.family:
        raise AubenchError(f"{base} has no variants", mend=f"type {base!r} alone")
    return kind(resolve_settings(kind.Settings, overrides), variant or None)


def method_origin(name: str) -> str:
    """Distribution and version that brought the method ``name``; ``unknown`` if it is in none."""
    known = plugins("methods").get(name.partition("/")[0])
    dist = known.entry[0].dist if known else None
    return f"{dist.name} {dist.version}" if dist else "unknown"


def joint_index(packs: Mapping[str, Pack]) -> pd.DataFrame:
    """The frame index of several packs, one below the other."""
    return pd.concat([pack.index for pack in packs.values()], ignore_index=True)


def make_plan(
    name: str,
    method: Method,
    protocol: Protocol,
    packs: Mapping[str, Pack],
    *,
    seed: int,
    precision: str,
    results: Path,
) -> Plan:
    """A plan, with its packs checked against the protocol.

    Raises:
        AubenchError: If a pack has no labels for an AU of the protocol.
    """
    for pack in packs.values():
        lacking = sorted(set(protocol.aus) - set(pack.aus(protocol.coding)))
        if lacking:
            raise AubenchError(
                f"no {protocol.coding} labels for AU {', '.join(map(str, lacking))}, "
                f"which {protocol.name} needs",
                mend="prepare the corpus again with its label files in place",
                path=pack.path,
            )
    synthetic = any(pack.manifest.synthetic for pack in packs.values())
    index = joint_index(packs)
    protocol = protocol.bound(index["subject"].unique())
    status, problems = check_pack(protocol, index, protocol.aus, synthetic)
    return Plan(name, method, protocol, packs, seed, precision, results, status, problems)
