"""What ``aubench run --dry-run`` prints: settings with their sources, departures, folds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from aubench.cli.methods.recipe_tables import settings_table
from aubench.experiment.departures import departures
from aubench.experiment.fold import fold_folder
from aubench.experiment.plan import Plan, joint_index
from aubench.protocol import select_rows


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
    yield f"recipe: {plan.recipe}" + (f" ({recipe.source})" if recipe else "")
    if plan.settings:
        yield settings_table(plan.settings, recipe)
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
