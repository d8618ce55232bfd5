"""What ``aubench run --dry-run`` prints: settings with their sources, departures, folds."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence

from aubench.cli.methods.recipe_tables import settings_table
from aubench.experiment.departures import departures
from aubench.experiment.fold import fold_folder
from aubench.experiment.methods import make_method, recipes_of
from aubench.experiment.plan import Plan, joint_index
from aubench.experiment.recipe_choice import choose_recipe
from aubench.protocol import Protocol, select_rows
from aubench.recipes import NamedRecipe, Setting
from aubench.synthetic.twin import TwinOptions, subjects_of


def describe_unmade(
    name: str,
    *,
    overrides: Mapping[str, str],
    recipe: str,
    protocol: Protocol,
    unmade: Sequence[str],
    twins: TwinOptions,
    folds: Sequence[str],
) -> Iterator[str]:
    """Yield what a run would do that first has to render a twin, line by line.

    Args:
        name: The method.
        overrides: What ``--set`` says.
        recipe: The recipe as typed.
        protocol: What the method would be tested under.
        unmade: Corpora whose twin is not there.
        twins: What it would look like.
        folds: Names of the folds that were asked for; all when empty.
    """
    yield from unmade_lines(unmade, twins)
    known = recipes_of(name)
    taken = choose_recipe(known, recipe, synthetic=len(unmade) == len(protocol.corpora))
    method = make_method(name, overrides, taken)
    if reason := method.skip(protocol):
        yield f"skipped: {reason}"
        return
    yield from recipe_lines(taken, known.get(taken), dataclasses.asdict(method.settings))  # type: ignore[call-overload]  # settings are dataclasses by contract
    for fold in protocol.folds:
        if not folds or fold.name in folds:
            roles = {"train": fold.train, "valid": fold.valid, "test": fold.test}
            shares = ", ".join(f"{len(keys)} {role}" for role, keys in roles.items())
            yield f"fold {fold.name}: {shares} subjects; to do"


def unmade_lines(unmade: Sequence[str], twins: TwinOptions) -> Iterator[str]:
    """Yield a line for every corpus whose twin would have to be made first."""
    for corpus in unmade:
        people = subjects_of(corpus, twins)
        yield (
            f"no pack of {corpus}: its synthetic twin would be made first, once: about "
            f"{people * twins.frames:,} frames of {people} subjects, {twins.size}×{twins.size} "
            "pixels. Nothing is rendered now."
        )


def recipe_lines(
    name: str, recipe: NamedRecipe | None, settings: Mapping[str, Setting]
) -> Iterator[str]:
    """Yield the recipe of a run and its settings."""
    yield f"recipe: {name}" + (f" ({recipe.source})" if recipe else "")
    if settings:
        yield settings_table(settings, recipe)


def describe(plan: Plan, folds: Sequence[str]) -> Iterator[str]:
    """Yield what a run would do, line by line.

    Args:
        plan: The run.
        folds: Names of the folds that were asked for; all when empty.
    """
    reason = plan.method.skip(plan.protocol)
    if reason:
        yield f"skipped: {reason}"
        return
    recipe = plan.method.recipes(plan.method.variant).get(plan.recipe)
    yield from recipe_lines(plan.recipe, recipe, plan.settings)
    if departing := departures(plan):
        yield f"departs from the reference recipe: {', '.join(departing)}"
    index = joint_index(plan.packs)
    for fold in plan.protocol.folds:
        if folds and fold.name not in folds:
            continue
        roles = {"train": fold.train, "valid": fold.valid, "test": fold.test}
        frames = [
            f"{len(select_rows(index, people, plan.protocol)):,} {role}"
            for role, people in roles.items()
        ]
        state = "done" if (fold_folder(plan, fold.name) / "fold.json").exists() else "to do"
        yield f"fold {fold.name}: {', '.join(frames)} frames; {state}"
