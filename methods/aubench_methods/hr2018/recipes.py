"""The recipes of ``hr2018`` and ``hr2018-single``."""

from __future__ import annotations

from dataclasses import replace

from aubench.recipes import NamedRecipe, Needs, assumed, stated

TEXT = "Sánchez-Lozano et al. 2018, on training"
UNNAMED = "the paper names no such augmentation"

PAPER = NamedRecipe(
    source=(
        "Sánchez-Lozano et al., BMVC 2018: FERA 2015, 80,000 training and 40,000 validation frames "
        "that keep the distribution of the labels (which frames are used is the protocol's affair, "
        "not a setting), the epoch by validation ICC"
    ),
    values={
        "epochs": assumed(10, "not stated; the epoch is chosen on validation people"),
        "batch": stated(5, TEXT),
        "lr": stated(1e-3, f"{TEXT}: RMSprop starting from 10⁻³"),
        "annealing": assumed("cosine", "the rate starts from 10⁻³, so it falls; how is not stated"),
        "cycle": assumed(0, "one fall over the whole fit; restarts are not mentioned"),
        "step": assumed(5, "without effect: the rate falls along a cosine"),
        "warmup": assumed(0.0, "no warm-up is mentioned"),
        "alpha": assumed(0.99, "not stated; the default of RMSprop in torch"),
        "weight_decay": assumed(0.0, "not stated"),
        "flip": assumed(0.0, UNNAMED),
        "rotation": assumed(0.0, UNNAMED),
        "scale": assumed(0.0, UNNAMED),
        "jitter": assumed(0.2, "noise on RGB is stated, its amount is not"),
        "occlusion": assumed(0.0, UNNAMED),
        "loss": stated("smooth_l1", f"{TEXT}: smooth L1, AU weights of at least .1"),
        "beta": assumed(1.0, "not stated; smooth L1 as it was introduced (Girshick 2015)"),
        "sigma": assumed("none", "amplitude and size come from the intensity; σ itself is open"),
        "landmark_noise": assumed(3.0, 'the paper says "small"; in pixels of 256'),
        "label_noise": stated(0.2, TEXT),
        "label_noise_form": assumed("around", "the printed 0.2·I·|z| shrinks a label to a sixth"),
    },
    needs=Needs(size=256, crops=("affine3",)),
)

_TWIN = "chosen for a few hundred synthetic frames"

QUICK = replace(PAPER, source=_TWIN, needs=Needs()).but(
    annealing=assumed("none", _TWIN),
    landmark_noise=assumed(5.0, _TWIN),
)
