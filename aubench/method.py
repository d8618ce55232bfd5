"""The method interface: what a plug-in writes against."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Literal, final

import numpy as np

from aubench.errors import AubenchError
from aubench.frames import FloatArray, Frames, ImageArray, LabelledFrames
from aubench.monitor import Monitor, Silence
from aubench.protocol import Protocol as BenchmarkProtocol
from aubench.recipes import Recipes

if TYPE_CHECKING:  # list reaches this module, and does without OpenCV
    from aubench.crops.crop import CropInfo

Cache = Literal["auto", "device", "memory", "none"]
"""Where decoded pictures are kept between epochs; it changes speed, never an outcome."""

Context = Literal["frame", "window", "person", "all"]
"""What the values of a frame come from: that frame alone, frames of its recording, frames of the
same person, or all frames that are predicted at once."""


@dataclass(frozen=True)
class RunContext:
    """What a fit needs beside the data and the settings of the method.

    Attributes:
        aus: Action Units to estimate, in column order.
        folder: Checkpoints of this fold; may hold those of an interrupted run, to go on from.
        seed: Seeds every random draw of this fold.
        device: ``cpu``, ``cuda``, ``cuda:1``, ``mps``.
        precision: A Lightning Fabric precision, ``32-true`` or ``bf16-mixed``.
        synthetic: True if the pictures to learn from are not of real people.
        crops: How the pictures were cropped, one per pack; empty where it is not known.
        packs: Fingerprints of the packs that the frames come from, where they come from any.
        cache: Where decoded pictures are kept.
        monitor: Receives progress events.
    """

    aus: tuple[int, ...]
    folder: Path
    seed: int = 0
    device: str = "cpu"
    precision: str = "32-true"
    synthetic: bool = False
    crops: tuple[CropInfo, ...] = ()
    packs: tuple[str, ...] = ()
    cache: Cache = "auto"
    monitor: Monitor = field(default_factory=Silence)


@dataclass(frozen=True)
class Fitted:
    """What a fit reports.

    Attributes:
        epochs: Passes over the training frames.
        best_epoch: The epoch whose weights were kept, from 1.
        valid_icc: Mean ICC(3,1) of the validation frames at that epoch.
        images_per_second: Training throughput, mean over the epochs since the fit last went on;
            None where it had none to train. It is not saved with a predictor: files of equal fits
            have equal bytes.
        parameters: Number of parameters of the predictor in all.
        learnable: Number of parameters that were trained.
    """

    epochs: int | None = None
    best_epoch: int | None = None
    valid_icc: float | None = None
    images_per_second: float | None = None
    parameters: int | None = None
    learnable: int | None = None


@dataclass(frozen=True)
class HeatMaps:
    """Maps that show where in the face a predictor found its values.

    Attributes:
        maps: (N, A, h, w) float32; the larger, the stronger. Units are the method's own.
        pictures: (N, S, S, 3) uint8 RGB, what the maps lie on: the faces as the network saw them.
    """

    maps: FloatArray
    pictures: ImageArray


class Predictor(ABC):
    """Maps face pictures to AU values; it never sees a test label.

    Attributes:
        aus: The A Action Units of its columns.
        train_subjects: Keys of the subjects that it learned from: those in the training frames and,
            if it learned from their labels, in the validation frames. It may not be tested on them.
        fitted: How the fit went, where there is something to say.
    """

    aus: tuple[int, ...]
    train_subjects: tuple[str, ...] = ()
    fitted: Fitted | None = None

    @final
    def predict(self, frames: Frames) -> FloatArray:
        """Values of every AU in every frame: (N, A) float32, finite, in the order of ``frames``.

        Raises:
            AubenchError: If the method gave the wrong shape, a NaN or an infinity.
        """
        values = np.asarray(self.estimate(frames), dtype=np.float32)
        wanted = (len(frames), len(self.aus))
        mend = "this is a fault of the method: report it to its author"
        if values.shape != wanted:
            raise AubenchError(
                f"{type(self).__name__} gave values of shape {values.shape}, not {wanted}",
                mend=mend,
            )
        bad = np.flatnonzero(~np.isfinite(values).all(axis=1))
        if bad.size:
            key = frames.keys.iloc[int(bad[0])].to_dict()
            raise AubenchError(
                f"{type(self).__name__} gave a value that is not finite at {key}", mend=mend
            )
        return values

    @abstractmethod
    def estimate(self, frames: Frames) -> FloatArray:
        """The hook behind `predict`: (N, A) values in the order of ``frames``."""

    def heat_maps(self, frames: Frames) -> HeatMaps | None:
        """The maps behind the values, for people to look at; None if there are none."""
        del frames
        return None

    @abstractmethod
    def save(self, folder: Path) -> None:
        """Write to ``folder`` what `Method.load` needs; no pickle."""


@dataclass(frozen=True)
class NoSettings:
    """The settings of a method that has none."""


class Method(ABC):
    """One way of estimating AUs, configured but not trained.

    ``aubench list`` shows `summary` without importing torch, so it must be a plain string in the
    body of the class.

    Args:
        settings: An instance of `Settings`.
        variant: What follows the slash in a family's name (``timm/convnext_tiny``).

    Attributes:
        Settings: A frozen dataclass; every field is reachable by ``--set field=value``.
        family: True if a name must carry a variant.
        summary: One line for ``aubench list``.
        context: What its predictor uses to predict a frame.
        backbones: Name → ``module:class`` of the networks below it that ``aubench pretrain NAME``
            can train; the class is an `aubench.backbone.Backbone`.
    """

    Settings: ClassVar[type] = NoSettings
    family: ClassVar[bool] = False
    summary: ClassVar[str] = ""
    context: ClassVar[Context] = "frame"
    backbones: ClassVar[Mapping[str, str]] = {}

    def __init__(self, settings: object | None = None, variant: str | None = None) -> None:
        self.settings = self.Settings() if settings is None else settings
        self.variant = variant

    @classmethod
    def recipes(cls, variant: str | None = None) -> Recipes:
        """The recipes that this method carries, by name; none for a method without settings.

        Args:
            variant: What follows the slash in a family's name.
        """
        del variant
        return {}

    def departures(self, run: RunContext) -> tuple[str, ...]:
        """What ``run`` has otherwise than the paper, in words; tables show it.

        Settings, size and crop of the pictures are compared by aubench. This hook is for the rest:
        the weights that the method starts from.
        """
        del run
        return ()

    def skip(self, protocol: BenchmarkProtocol) -> str | None:
        """Why this method cannot do ``protocol``; None if it can."""
        del protocol
        return None

    def ingredients(self) -> Mapping[str, str]:
        """Name → content hash of files that it reads (pre-trained weights); in a run's id.

        Where a file comes from may stand beside it: repository and revision of weights of a hub.
        """
        return {}

    def synthetic_parts(self) -> tuple[str, ...]:
        """Names of parts that were trained on synthetic pictures beforehand; tables show them."""
        return ()

    def check(self, run: RunContext) -> None:
        """Raise an AubenchError, before anything is computed, if this run cannot go well."""
        del run

    @abstractmethod
    def fit(self, train: LabelledFrames, valid: LabelledFrames, run: RunContext) -> Predictor:
        """Learn from ``train``, choose epochs and settings on ``valid``.

        Goes on from ``run.folder`` where an interrupted fit left off.
        """

    @abstractmethod
    def load(self, folder: Path, run: RunContext) -> Predictor:
        """The predictor that `Predictor.save` wrote to ``folder``."""
