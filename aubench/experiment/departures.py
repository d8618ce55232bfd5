"""What a run does otherwise than the recipe of its method's paper, in words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from aubench.crops.crop import describe
from aubench.experiment.plan import Plan
from aubench.experiment.recipe_choice import reference_recipe
from aubench.pack.manifest import Manifest
from aubench.recipes import Needs, Recipes, Setting
from aubench.settings import plain, shown


def departures(plan: Plan) -> tuple[str, ...]:
    """What ``plan`` has otherwise than its method's paper: ``quick recipe``, ``128 px``.

    Settings are compared with those of the paper (of ``quick``, which is then named first), the
    pictures with what the paper's recipe needs; the method itself speaks for its weights. Empty for
    a method that carries neither a paper's recipe nor ours.
    """
    recipes = _recipes(plan)
    reference = reference_recipe(recipes)
    if reference is None:
        return ()
    held = recipes["quick"] if plan.recipe == "quick" else reference
    wanted = _defaults(plan) | held.settings
    settings = {k: v for k, v in plan.settings.items() if k not in reference.needs.parts}
    manifests = [pack.manifest for pack in plan.packs.values()]
    return (
        *(["quick recipe"] if plan.recipe == "quick" else []),
        *_changed(settings, wanted),
        *dict.fromkeys(_unmet(reference.needs, manifests)),
        *plan.method.departures(plan.context),
    )


def changed_settings(plan: Plan) -> tuple[str, ...]:
    """Settings away from their defaults, of a method that carries no recipe to hold them against.

    Empty for other methods: their `departures` say it.
    """
    if reference_recipe(_recipes(plan)) is not None:
        return ()
    return tuple(_changed(plan.settings, _defaults(plan)))


def assumed_settings(plan: Plan) -> tuple[str, ...]:
    """Settings with the value that the recipe assumes, because the paper is silent."""
    recipe = _recipes(plan).get(plan.recipe)
    given = {} if recipe is None else recipe.values
    return tuple(
        name
        for name, value in given.items()
        if not value.stated and plan.settings[name] == value.value
    )


def _recipes(plan: Plan) -> Recipes:
    return type(plan.method).recipes(plan.method.variant)


def _defaults(plan: Plan) -> dict[str, Setting]:
    return plain(plan.method.Settings())


def _changed(settings: Mapping[str, Setting], wanted: Mapping[str, Setting]) -> Iterator[str]:
    """Yield ``name value`` for every setting that is not as wanted."""
    for name, value in settings.items():
        if value != wanted[name]:
            yield f"{name} {shown(value)}"


def _unmet(needs: Needs, manifests: Iterable[Manifest]) -> Iterator[str]:
    """Yield what pictures have otherwise than a recipe needs."""
    for manifest in manifests:
        crop = manifest.recipe
        if needs.size not in (None, manifest.size):
            yield f"{manifest.size} px"
        margin = crop.parameters.get("margin", 0.0)
        narrow = isinstance(margin, float | int) and margin < needs.margin
        if needs.crops and (crop.name not in needs.crops or narrow):
            yield f"crop {describe(crop)}"
