"""The model card beside a file of FAN weights."""

from __future__ import annotations

from pathlib import Path

from aubench_methods.fan.weights import FanCard


def write_model_card(path: Path, name: str, card: FanCard, command: str) -> None:
    """Write what a file of weights is, as Markdown.

    Args:
        path: Where to.
        name: Name of the file of weights.
        card: Its card.
        command: What makes it.
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
    path.write_text(
        f"""# {name}

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
""",
        encoding="utf-8",
    )
