"""The recipes of Ntinou et al. 2020: what the paper states, what is assumed, and quick ones."""

from __future__ import annotations

from dataclasses import replace

from aubench.recipes import NamedRecipe, Needs, Recipes, assumed, stated

PAPER = "Ntinou et al. 2020 (arXiv 2004.06657)"

TEXT = "in its text on training"

SAME_BLOCKS = "code by the same authors, with the same blocks and batches of 48"

RELEASED = "as in the network that the authors released"

TWIN = "chosen for a few hundred synthetic frames"

SIZE = 256
"""Width and height of the paper's pictures in pixels."""

CROPS = ("tight",)

FAN = {"fan": "a FAN trained for 80 epochs on LS3D-W"}

_scratch = NamedRecipe(
    source=PAPER,
    values={
        "epochs": assumed(
            20, "four cycles of 5; validation people choose the epoch, so length costs only time"
        ),
        "batch": stated(48, TEXT),
        "lr": assumed(1e-3, SAME_BLOCKS),
        "weight_decay": stated(1e-6, TEXT),
        "cycle": stated(5, 'cosine annealing "with step 5", read as restarts every 5 epochs'),
        "flip": assumed(0.5, "the paper flips, and gives no probability"),
        "rotation": stated(30.0, TEXT),
        "scale": stated(0.2, f"{TEXT}: 0.8–1.2"),
        "jitter": assumed(0.2, "the paper jitters colours, and gives no range"),
        "occlusion": assumed(0.3, "the paper occludes, and gives no probability"),
        "order": assumed("conv-bn-relu", RELEASED),
        "upsampling": assumed("nearest", f"{RELEASED}; the paper says bilinear"),
        "emphasis": stated(0.0, "plain squared error over all pixels"),
        "emphasis_until": assumed(0.6, "without effect where emphasis is 0"),
        "exponent": assumed(
            "d2/2a2",
            "Eq. 1 is garbled: d²/2a² or d²/a²; code by one of the authors has no 2",
        ),
        "centre": assumed(
            "rounded",
            "code by one of the authors rounds to a map pixel; unrounded, maps of intensity 1 peak "
            "at .92 on average",
        ),
    },
    needs=Needs(size=SIZE, crops=CROPS),
)

_finetune = _scratch.but(
    lr=assumed(1e-4, 'the paper says "small"'),
    fan=assumed(
        "synthetic",
        "the paper's FAN is not public; this one is refused on real pictures, which need a file",
    ),
    allow_synthetic_fan=assumed(False, "the paper's FAN was trained on photographs"),
)
_finetune = NamedRecipe(PAPER, _finetune.values, Needs(size=SIZE, crops=CROPS, parts=FAN))

_reparam = NamedRecipe(
    f'{PAPER}; it learns "only W", but batch normalisation and the output layer have to learn too, '
    "or nothing fits",
    _finetune.but(lr=_scratch.values["lr"]).values,
    _finetune.needs,
)

_frozen = NamedRecipe(
    PAPER,
    _finetune.but(
        lr=_scratch.values["lr"],
        unfreeze=assumed(0, "the FAN stays frozen; thawing it is an experiment of §6.5"),
        unfreeze_lr=assumed(1e-5, "without effect where unfreeze is 0"),
    ).values,
    _finetune.needs,
)

_adapt = _frozen.but(weights=stated("fan", "§4.3: layers learn over a frozen FAN"))

_random = _scratch.but(
    bn=assumed("initial", "the paper is silent on statistics that were never estimated")
)

TRIED = "chosen on the validation people of a development twin: docs/methods-notes.md"

_QUICK = {
    "epochs": assumed(14, TRIED),
    "batch": assumed(8, TWIN),
    "lr": assumed(3e-3, TWIN),
    "cycle": assumed(0, TWIN),
    "emphasis": assumed(2.5, TRIED),
    "emphasis_until": assumed(0.4, TRIED),
}


def quick(paper: NamedRecipe) -> NamedRecipe:
    """The recipe for twins: the paper's, with what suits a few hundred frames."""
    same = {name: assumed(given.value, "as in the paper's") for name, given in paper.values.items()}
    return replace(paper, source=TWIN, values=same | _QUICK)


SCRATCH: Recipes = {"paper": _scratch, "quick": quick(_scratch)}
RANDOM_BACKBONE: Recipes = {"paper": _random, "quick": quick(_random)}
FINETUNE: Recipes = {"paper": _finetune, "quick": quick(_finetune).but(lr=assumed(1e-4, TWIN))}
REPARAM: Recipes = {"paper": _reparam, "quick": quick(_reparam)}
ATTENTION: Recipes = {"paper": _frozen, "quick": quick(_frozen)}
ADAPT: Recipes = {"paper": _adapt, "quick": quick(_adapt)}

_face = NamedRecipe(
    source=f"{PAPER}; Bulat & Tzimiropoulos, ICCV 2017, and its training code",
    values={
        "epochs": stated(80, "on LS3D-W"),
        "batch": assumed(48, SAME_BLOCKS),
        "lr": assumed(1e-3, SAME_BLOCKS),
        "weight_decay": assumed(1e-6, "as for AUs"),
        "cycle": assumed(0, "without effect where tenth_every is set"),
        "tenth_every": assumed(30, f"{SAME_BLOCKS}, whose epoch is 2,500 batches"),
        "flip": assumed(0.5, "as for AUs"),
        "rotation": assumed(30.0, "as for AUs"),
        "scale": assumed(0.2, "as for AUs"),
        "jitter": assumed(0.2, "as for AUs"),
        "occlusion": assumed(0.3, "as for AUs"),
        "order": assumed("conv-bn-relu", RELEASED),
        "upsampling": assumed("nearest", f"{RELEASED}; the paper says bilinear"),
        "emphasis": assumed(0.0, "plain squared error, as for AUs"),
        "emphasis_until": assumed(0.6, "without effect where emphasis is 0"),
        "sigma": assumed(1.75, "the FAN's own training code"),
    },
    needs=Needs(size=SIZE, crops=CROPS, parts={"corpus": "LS3D-W"}),
)

SYNTHETIC_FACES = "chosen for 5,225 synthetic faces"

FACE_ALIGNMENT: Recipes = {
    "paper": _face,
    "quick": quick(_face).but(
        epochs=assumed(8, SYNTHETIC_FACES),
        tenth_every=assumed(0, SYNTHETIC_FACES),
        emphasis=assumed(20.0, SYNTHETIC_FACES),
        emphasis_until=assumed(1.0, "landmarks' maps are small, and their height is not read"),
        sigma=assumed(2.0, SYNTHETIC_FACES),
    ),
}
