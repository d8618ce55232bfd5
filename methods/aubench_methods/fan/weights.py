"""Files of FAN weights, each with a card of what it was trained on, and how well it does."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from torch import Tensor, nn

from aubench.crops.crop import CropInfo
from aubench.errors import AubenchError
from aubench.io.atomic import atomic
from aubench.training.checkpoint import of_header, read_header, read_tensors, write_tensors


@dataclass(frozen=True, kw_only=True)
class Training:
    """The pictures that a FAN learned from.

    Attributes:
        size: Width and height in pixels.
        recipe: Name of their crop recipe.
        parameters: Of the recipe. Cards that state none are of ``tight`` with this margin.
        synthetic: True if the faces are not of real people.
    """

    size: int
    recipe: str
    parameters: dict[str, Any] = field(default_factory=lambda: {"margin": 0.2})
    synthetic: bool

    def cropped_by(self, recipe: CropInfo) -> bool:
        """True if they were cropped by ``recipe``, as far as both state parameters."""
        other = recipe.parameters
        common = self.parameters.keys() & other.keys()
        return self.recipe == recipe.name and all(self.parameters[k] == other[k] for k in common)


@dataclass(frozen=True, kw_only=True)
class FanCard(Training):
    """The header of a file of FAN weights.

    Attributes:
        order: Of convolution, normalisation and ReLU in its ConvBlocks.
        upsampling: Of its hourglass.
        corpus: What it was trained on.
        fingerprint: Of the pack.
        images: Number of training pictures.
        epochs: Passes over them.
        figures: Held-out part → ``NME``, mean error in percent of √(w·h) of the landmarks' box, and
            ``AUC``, area under the error curve up to 7 %, 0–1.
    """

    order: str
    upsampling: str
    corpus: str
    fingerprint: str
    images: int
    epochs: int
    figures: dict[str, dict[str, float]]


def write_fan(path: Path, network: nn.Module, card: FanCard) -> None:
    """Write the weights and the card to ``path``."""
    write_tensors(path, network.state_dict(), {"fan": asdict(card)})


def read_card(path: Path) -> FanCard:
    """The card of a file of FAN weights.

    Raises:
        AubenchError: If there is no such file, or it is something else.
    """
    header = read_header(path)
    if header.get("fan") is None:
        raise AubenchError(
            "not FAN weights", mend="make some with 'aubench pretrain fan'", path=path
        )
    return of_header(FanCard, header, "fan", path)


def read_fan(path: Path, **wanted: Any) -> dict[str, Tensor]:
    """The weights in ``path``.

    Args:
        path: A file that `write_fan` wrote.
        **wanted: Fields of its card and what they must be (``order``, ``upsampling``, ``size``).

    Raises:
        AubenchError: If it is not such a file, or a field is something else.
    """
    card = asdict(read_card(path))
    for name, value in wanted.items():
        if card[name] != value:
            raise AubenchError(
                f"a FAN with {name} {card[name]}, where {value} is needed",
                mend="name another with --set fan=FILE, or train it with 'aubench pretrain fan'",
                path=path,
            )
    return read_tensors(path)


def write_model_card(path: Path, name: str, card: FanCard, command: str) -> None:
    """Write the model card of a file of weights, as Markdown.

    Args:
        path: Of the Markdown file.
        name: Name of the file of weights.
        card: Its card.
        command: The command line that makes it.
    """
    faces = (
        "Rendered faces of nobody (`aubench synth alignment`): no photograph, scan or likeness of "
        "a person went into it. It finds landmarks on synthetic faces; on real ones it is "
        "untested, and `adapt` refuses it there unless told."
        if card.synthetic
        else f"Of `{card.corpus}`."
    )
    rows = "\n".join(
        f"| {part} | {value['NME']:.2f} % | {value['AUC']:.3f} |"
        for part, value in card.figures.items()
    )
    crop = ", ".join(f"{key} {value}" for key, value in card.parameters.items())
    text = f"""# {name}

A face-alignment network (FAN): 68 landmarks from a {card.size}×{card.size} picture of a face,
cropped as `{card.recipe}` ({crop}). The heat-map network of Ntinou et al. 2020 (arXiv 2004.06657)
with 68 maps: 1.658 M parameters, blocks `{card.order}`, upsampling `{card.upsampling}`.

**Data.** {faces} {card.images:,} training pictures, {card.epochs} epochs; pack
`{card.fingerprint}`.

**Figures** on parts that were held out (error normalised by √(w·h) of the landmarks' box):

| part | mean error | AUC at 7 % |
|---|---|---|
{rows}

**Made by**

    {command}
"""
    with atomic(path) as temporary:
        temporary.write_text(text, encoding="utf-8")
