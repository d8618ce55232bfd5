"""The recipes of ``g2rl`` and ``g2rl-baseline``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from aubench.recipes import Given, NamedRecipe, Needs, assumed, stated

TEXT = "Fan & Lin 2020, on the experiments"
LAB = "not stated: code of the same author for a neighbouring work"

BASELINE = NamedRecipe(
    source="Fan & Lin, IJCAI 2020, the baseline without geometry",
    values={
        "weights": stated("hub", f"{TEXT}: ResNet-50 of ImageNet"),
        "epochs": assumed(10, LAB),
        "batch": assumed(16, LAB),
        "lr": stated(5e-4, f"{TEXT}: Adam"),
        "annealing": assumed("step", f"{LAB}: a tenth from epoch 5 on"),
        "step": assumed(5, f"{LAB}: a tenth from epoch 5 on"),
        "cycle": assumed(0, "without effect: the rate falls in steps"),
        "warmup": assumed(0.0, "no warm-up is mentioned"),
        "weight_decay": assumed(1e-5, LAB),
        "flip": assumed(0.0, LAB),
        "rotation": assumed(0.0, LAB),
        "scale": assumed(0.0, LAB),
        "jitter": assumed(0.0, LAB),
        "occlusion": assumed(0.0, LAB),
        "sigma": stated(2.0, TEXT),
        "target": assumed("plain", "the factor 1/(2πσ²) of Eq. 1 shrinks a peak to a 25th"),
        "centre": assumed("rounded", LAB),
        "reduction": stated("sum", "Fan & Lin 2020, Eqs. 2 and 6"),
    },
    needs=Needs(
        size=256,
        crops=("similarity5",),
        margin=0.3,
        parts={"weights": "ResNet-50 of ImageNet"},
    ),
)

GUIDED = replace(BASELINE, source="Fan & Lin, IJCAI 2020").but(
    lam=stated(0.05, TEXT),
    gcn_width=assumed(64, "not stated"),
    adjacency=assumed(
        "row", '"determined by the Euclidean distances", divided by their row\'s sum'
    ),
    geometry=stated("joint", "Fan & Lin 2020: both losses are trained jointly"),
    geometry_epochs=assumed(10, "without effect: the branch learns with the rest"),
)

_TWIN = "chosen for a few hundred synthetic frames"

_QUICK: Mapping[str, Given] = {
    "weights": assumed("none", f"{_TWIN}: nothing to fetch"),
    "annealing": assumed("none", _TWIN),
    "weight_decay": assumed(0.0, _TWIN),
    "flip": assumed(0.5, _TWIN),
    "rotation": assumed(30.0, _TWIN),
    "scale": assumed(0.2, _TWIN),
    "jitter": assumed(0.2, _TWIN),
    "occlusion": assumed(0.3, _TWIN),
}

BASELINE_QUICK = replace(BASELINE, source=_TWIN, needs=Needs()).but(**_QUICK)

GUIDED_QUICK = replace(GUIDED, source=_TWIN, needs=Needs()).but(**_QUICK)
