"""The hooks of a torch method: its author writes them, the loop and the predictor call them."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from aubench.frames import FloatArray, LabelledFrames
from aubench.method import Method
from aubench.metrics import mean_icc
from aubench.training.augment import augment
from aubench.training.loader import Batch
from aubench.training.recipe import Recipe


class TrainingHooks(Method):
    """The hooks of a torch method; `aubench.training.torch_method.TorchMethod` adds fit and load.

    Its author writes `build`, `targets`, `loss` and `decode`, and extends `Recipe` with further
    settings. Tensors are on the run's device; whatever passes from the network to `loss` and
    `decode`, and from `targets` to `loss`, is the method's own affair.

    Attributes:
        settings: The recipe.
        score_name: What `score` is called in reports.
    """

    Settings: ClassVar[type] = Recipe
    settings: Recipe
    score_name: ClassVar[str] = "icc"

    @abstractmethod
    def build(self, aus: tuple[int, ...], size: int) -> nn.Module:
        """A fresh network, randomly initialised from torch's global generator.

        It holds everything that predicts ``aus``: a method that fits several networks returns a
        module that holds them all.

        Args:
            aus: The A Action Units to estimate.
            size: Width and height of the pictures in pixels.
        """

    @abstractmethod
    def targets(self, batch: Batch) -> Any:
        """The targets of ``batch``, which `loss` compares with the network's outputs."""

    @abstractmethod
    def loss(self, outputs: Any, targets: Any) -> Tensor:
        """The loss, a scalar; labels and landmarks that are NaN must not count."""

    @abstractmethod
    def decode(self, outputs: Any) -> Tensor:
        """(B, A) AU values from the network's outputs."""

    def initialise(self, network: nn.Module, size: int) -> None:
        """Put pre-trained weights into a fresh network; not called for a resumed or loaded one."""

    def begin_epoch(self, network: nn.Module, epoch: int) -> None:
        """Called before each epoch, counted from 0, also of a resumed fit; may set what learns."""

    def forward(self, network: nn.Module, batch: Batch) -> Any:
        """The network's outputs in training; in prediction it only ever gets the pictures."""
        return network(batch.images)

    def augment(self, batch: Batch, generator: torch.Generator) -> Batch:
        """A changed copy of ``batch``, every draw from ``generator``, which is on the CPU."""
        return augment(batch, self.settings, generator)

    def prepare(self, batch: Batch) -> Batch:
        """``batch`` as the network gets it in prediction; in training, `augment` does this."""
        return batch

    def deploy(self, network: nn.Module) -> nn.Module:
        """The network of the predictor, out of a trained or a fresh one from `build`.

        Leaves behind what only training needs. The returned network maps pictures to what `decode`
        takes, as ``network`` does.
        """
        return network

    @property
    def clip(self) -> float | None:
        """Largest norm of a step's gradient, over all parameters; None leaves it as it is."""
        return None

    def diagnostics(self, outputs: Any) -> Mapping[str, float]:
        """Further figures of a training step, out of what `forward` gave; none by default.

        The loop reports their means over the steps of an epoch beside its loss.
        """
        del outputs
        return {}

    def optimizer(self, network: nn.Module) -> torch.optim.Optimizer:
        """The optimizer of the parameters that learn.

        The loop sets its learning rate before every step. A parameter group that starts at another
        rate than ``settings.lr`` keeps that proportion throughout.
        """
        learnable = [p for p in network.parameters() if p.requires_grad]
        return torch.optim.Adam(
            learnable, self.settings.lr, weight_decay=self.settings.weight_decay
        )

    def score(self, values: FloatArray, valid: LabelledFrames) -> float:
        """The score that chooses the epoch, the larger the better: the mean ICC(3,1) on ``valid``.

        Args:
            values: What `decode` gave for every frame.
            valid: The frames.
        """
        return mean_icc(valid.labels, values)
