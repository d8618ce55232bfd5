"""``resnet18`` and ``timm/NAME``: an image classification network with a regression head."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Literal, cast

import timm
import torch
from timm.models import is_model_in_modules
from timm.optim import param_groups_layer_decay  # type: ignore[attr-defined]  # passed on by timm without a word
from torch import Tensor, nn
from torch.nn.functional import interpolate

from aubench.errors import AubenchError
from aubench.method import RunContext
from aubench.recipes import Recipes
from aubench_methods.label_method import LabelMethod
from aubench_methods.timm_method import Normalise, TimmMethod, TimmRecipe
from aubench_methods.timm_recipes import CONVOLUTIONAL, PAPER, QUICK, TRANSFORMER

PLAIN_TRANSFORMERS = (
    *("beit", "cait", "deit", "eva", "hiera", "naflexvit", "xcit", "vision_transformer"),
    *(f"vision_transformer_{kind}" for kind in ("hybrid", "relpos", "sam")),
)
"""timm's modules of networks that are stacks of transformer blocks, which layer decay suits."""


class TimmNetwork(nn.Module):
    """A timm network with a linear head, its input normalised as timm says.

    Args:
        name: As in ``timm.list_models()``.
        outputs: Number of outputs.
        drop_path: Rate at which training skips residual branches, 0–1; 0 asks for none, which
            every network can.
    """

    def __init__(self, name: str, outputs: int, drop_path: float = 0.0) -> None:
        super().__init__()
        self.model = timm.create_model(
            name, pretrained=False, num_classes=outputs, drop_path_rate=drop_path or None
        )
        config = cast(dict[str, Any], self.model.pretrained_cfg)
        self.fixed_size = tuple(config["input_size"][1:]) if config["fixed_input_size"] else None
        self.normalise = Normalise(config)

    def forward(self, images: Tensor) -> Tensor:
        """(B, 3, S, S), 0–1 → (B, outputs)."""
        if self.fixed_size is not None and images.shape[-2:] != self.fixed_size:
            images = interpolate(images, self.fixed_size, mode="bilinear", antialias=True)
        values: Tensor = self.model(self.normalise(images))
        return values


@dataclass(frozen=True)
class RegressorRecipe(TimmRecipe):
    """The recipe of a timm network as a regressor.

    Attributes:
        optimiser: ``adam``, whose weight decay is a penalty on all parameters, or ``adamw``, which
            spares biases, norms and what timm names besides.
        clip: Largest norm of a step's gradient; none = as it is.
        layer_decay: Learning rate of a layer over that of the next one, up to the head; 1 = alike.
        drop_path: Rate at which training skips residual branches, 0–1.
    """

    optimiser: Literal["adam", "adamw"] = "adam"
    clip: float | None = None
    layer_decay: float = 1.0
    drop_path: float = 0.0

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.clip is not None and self.clip <= 0:
            raise AubenchError(f"clip={self.clip}", mend="set it above 0, or to none")
        if not 0 < self.layer_decay <= 1 or not 0 <= self.drop_path < 1:
            raise AubenchError(
                f"layer_decay={self.layer_decay}, drop_path={self.drop_path}",
                mend="set layer_decay above 0 and at most 1, drop_path from 0 to below 1",
            )


class TimmRegressor(TimmMethod, LabelMethod):
    """A timm network with one output per AU, trained on the squared error of coded AUs.

    Means and standard deviations of the input come from timm. Pictures go in as they are, or
    resized where the network has a fixed input size.
    """

    Settings: ClassVar[type] = RegressorRecipe
    settings: RegressorRecipe
    family: ClassVar[bool] = True
    summary: ClassVar[str] = "Any timm network as a regressor: timm/NAME."

    @classmethod
    def recipes(cls, variant: str | None = None) -> Recipes:
        """Our own recipe for networks of this kind, and one for a twin."""
        transformer = variant is not None and is_model_in_modules(variant, PLAIN_TRANSFORMERS)
        return {"house": TRANSFORMER if transformer else CONVOLUTIONAL, "quick": QUICK}

    @property
    def model(self) -> str:
        """The network's name in timm."""
        assert self.variant is not None
        return self.variant

    @property
    def clip(self) -> float | None:
        """Largest norm of a step's gradient."""
        return self.settings.clip

    def check(self, run: RunContext) -> None:
        """Refuse a network, weights or a setting that cannot be had.

        Raises:
            AubenchError: If timm lacks network or weights, or the network cannot drop its paths.
        """
        super().check(run)
        if not self.settings.drop_path:
            return
        try:
            with torch.device("meta"):
                self.build(run.aus, 0)
        except TypeError as error:
            what = f"{self.model} has no paths to drop"
            raise AubenchError(what, mend="--set drop_path=0") from error

    def build(self, aus: tuple[int, ...], size: int) -> nn.Module:
        """The network with its input normalised."""
        del size
        return TimmNetwork(self.model, len(aus), self.settings.drop_path)

    def initialise(self, network: nn.Module, size: int) -> None:
        """Load the pre-trained weights; the regression head stays random."""
        del size
        model = network.get_submodule("model")
        model.load_state_dict(self.pretrained(), strict=False)

    def optimizer(self, network: nn.Module) -> torch.optim.Optimizer:
        """Adam or AdamW, with a learning rate for every layer."""
        settings = self.settings
        decoupled = settings.optimiser == "adamw"
        model = cast("TimmNetwork", network).model
        spared = getattr(model, "no_weight_decay", set) if decoupled else set
        groups = param_groups_layer_decay(
            model,
            weight_decay=settings.weight_decay,
            no_weight_decay_list=spared(),
            weight_decay_exclude_1d=decoupled,
            layer_decay=settings.layer_decay,
        )
        for group in groups:
            group["lr"] = settings.lr * group["lr_scale"]
        return (torch.optim.AdamW if decoupled else torch.optim.Adam)(groups, settings.lr)


class ResNet18(TimmRegressor):
    """The ResNet-18 row of the papers: 11.18 M parameters."""

    family: ClassVar[bool] = False
    summary: ClassVar[str] = "ResNet-18 regression from weights of ImageNet (Ntinou et al. 2020)."

    @classmethod
    def recipes(cls, variant: str | None = None) -> Recipes:
        """The paper's recipe, and one for a twin."""
        del variant
        return {"paper": PAPER, "quick": QUICK}

    @property
    def model(self) -> str:
        """ResNet-18 with the weights of torchvision, which were the usual ones in 2020."""
        return "resnet18.tv_in1k"

    @property
    def title(self) -> str:
        """``ResNet-18``."""
        return "ResNet-18"
