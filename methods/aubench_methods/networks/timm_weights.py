"""Pre-trained weights of timm networks: from the hub or a file, never silently random."""

from __future__ import annotations

from pathlib import Path

import timm
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor

from aubench.errors import AubenchError

HUB = "hub"


def pretrained_state(name: str, source: str) -> dict[str, Tensor]:
    """The weights of a network without its classifier.

    Args:
        name: As in ``timm.list_models()``.
        source: `HUB`, or a safetensors file of a timm model.

    Raises:
        AubenchError: If the hub cannot be reached or has none, or the file is of another network.
    """
    if source == HUB:
        try:
            return dict(timm.create_model(name, pretrained=True, num_classes=0).state_dict())
        except (OSError, RuntimeError) as error:
            reason = str(error).strip().splitlines()[0]
            raise AubenchError(
                f"no pre-trained weights of {name} from the hub ({reason})",
                mend="give them with --set weights=FILE.safetensors, or start at random, "
                "--set weights=none",
            ) from error
    wanted = timm.create_model(name, pretrained=False, num_classes=0).state_dict()
    try:
        found = load_file(Path(source))
    except (OSError, SafetensorError) as error:
        raise AubenchError(
            f"not a readable safetensors file ({error})",
            mend=f"give the model.safetensors of {name}",
            path=source,
        ) from error
    for key, tensor in wanted.items():
        if key not in found or found[key].shape != tensor.shape:
            raise AubenchError(
                f"not weights of {name}: {key} is missing or of another shape",
                mend=f"give the model.safetensors of {name}",
                path=source,
            )
    return {key: found[key] for key in wanted}
