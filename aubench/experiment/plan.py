"""A plan: one method under one protocol on given packs, checked before anything is computed."""

from __future__ import annotations

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
from aubench.experiment.methods import method_origin
from aubench.experiment.packs import packs_of
from aubench.experiment.recipe_choice import NONE
from aubench.io.folders import folder_name
from aubench.method import Method, RunContext
from aubench.pack.pack import Pack
from aubench.protocol import TWIN, Protocol
from aubench.recipes import Setting
from aubench.settings import plain


@dataclass(frozen=True)
class Plan:
    """Everything that decides the outcome of a run.

    Attributes:
        name: The method as typed, ``adapt`` or ``timm/convnext_tiny``.
        method: The method, configured.
        recipe: Name of the recipe that its settings began with, or ``none``.
        protocol: What the method is tested under.
        packs: Corpus → pack.
        seed: Seed of every random draw.
        precision: A Lightning Fabric precision.
        results: Folder of all results.
        status: Official, partial or synthetic.
        problems: Why it is not official.
        sweep: The setting that a study varies, if that is what the run is for.
    """

    name: str
    method: Method
    recipe: str
    protocol: Protocol
    packs: Mapping[str, Pack]
    seed: int
    precision: str
    results: Path
    status: Status
    problems: tuple[str, ...]
    sweep: str | None = None

    @property
    def settings(self) -> dict[str, Setting]:
        """The method's resolved settings, every field."""
        return plain(self.method.settings)

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
        return self.results / self.protocol.name / folder_name(self.name) / self.run_id

    @property
    def tested(self) -> tuple[str, ...]:
        """Keys of all test subjects."""
        return tuple(subject for fold in self.protocol.folds for subject in fold.test)

    @property
    def synthetic(self) -> bool:
        """True if a twin stands for a corpus that the protocol means as real."""
        return stand_in(self.packs)

    @property
    def context(self) -> RunContext:
        """What every fold of the run has in common, on the CPU."""
        roles = [fold.train for fold in self.protocol.folds]
        learned = [pack.manifest for role in roles for pack in packs_of(role, self.packs)]
        return RunContext(
            aus=self.protocol.aus,
            folder=self.folder,
            precision=self.precision,
            synthetic=any(manifest.synthetic for manifest in learned),
            crops=tuple(pack.manifest.recipe for pack in self.packs.values()),
            packs=tuple(pack.manifest.fingerprint for pack in self.packs.values()),
        )

    @property
    def lacking(self) -> tuple[str, ...]:
        """One line for every subject of the protocol that the packs do not hold."""
        held = set(joint_index(self.packs)["subject"].unique())
        return tuple(f"no frames of {s}" for s in self.protocol.subjects if s not in held)

    def fold_seed(self, fold: str) -> int:
        """The seed of one fold, 31 bits; folds draw independently."""
        digest = hashlib.sha256(f"{self.seed}/{fold}".encode()).digest()
        return int.from_bytes(digest[:4], "big") >> 1


def joint_index(packs: Mapping[str, Pack]) -> pd.DataFrame:
    """The frame index of several packs, one below the other."""
    return pd.concat([pack.index for pack in packs.values()], ignore_index=True)


def stand_in(packs: Mapping[str, Pack]) -> bool:
    """True if a twin stands for a corpus that is not called one."""
    return any(
        pack.manifest.synthetic for corpus, pack in packs.items() if not corpus.startswith(TWIN)
    )


def refuse_unlike(packs: Mapping[str, Pack]) -> None:
    """Raise if two packs differ in the size or the crop of their pictures."""
    first, *others = packs.values()
    wanted = first.manifest
    for pack in others:
        made = pack.manifest
        if (made.size, made.crop_hash) != (wanted.size, wanted.crop_hash):
            raise AubenchError(
                f"{made.pictures}, where {first.path} has {wanted.pictures}",
                mend="prepare both with the same --size, --recipe, --margin and --sampling; a twin "
                f"of another size is made with --twin-size {wanted.size}",
                path=pack.path,
            )


def make_plan(
    name: str,
    method: Method,
    protocol: Protocol,
    packs: Mapping[str, Pack],
    *,
    recipe: str = NONE,
    seed: int,
    precision: str,
    results: Path,
) -> Plan:
    """A plan, with its packs checked against the protocol.

    Raises:
        AubenchError: If a pack has no labels for an AU of the protocol, or packs are unlike.
    """
    refuse_unlike(packs)
    for pack in packs.values():
        lacking = sorted(set(protocol.aus) - set(pack.aus(protocol.coding)))
        if lacking:
            raise AubenchError(
                f"no {protocol.coding} labels for AU {', '.join(map(str, lacking))}, "
                f"which {protocol.name} needs",
                mend="prepare the corpus again with its label files in place",
                path=pack.path,
            )
    index = joint_index(packs)
    protocol = protocol.bound(index["subject"].unique())
    status, problems = check_pack(protocol, index, protocol.aus, stand_in(packs))
    return Plan(name, method, recipe, protocol, packs, seed, precision, results, status, problems)
