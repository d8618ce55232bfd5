"""The weights of a timm network without its classifier: from the hub, its cache, or a file."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from ssl import SSLError
from threading import Thread
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

import timm
from huggingface_hub import constants, hf_hub_download, try_to_load_from_cache
from huggingface_hub.errors import EntryNotFoundError, LocalEntryNotFoundError
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor

from aubench.errors import AubenchError
from aubench.io.digest import file_sha256

PROBE_SECONDS = 3.0
"""How long the hub may take to answer at all; its client alone would try again for a minute."""

GATEWAY = 500
"""Status codes from here on say that the hub itself did not answer."""

FILES = ("model.safetensors", "pytorch_model.bin")
"""What a timm repository calls its weights, the one that is looked for first at the front."""


@dataclass(frozen=True)
class HubWeights:
    """A file of weights from the hub.

    Attributes:
        repository: Its name on the hub (``timm/resnet18.tv_in1k``).
        path: Where it lies in the hub's cache.
        sha256: Of its content, in hex.
    """

    repository: str
    path: Path
    sha256: str

    @property
    def revision(self) -> str:
        """The commit of the repository that it is from: the cache has a folder for each."""
        return self.path.parent.name


@cache
def hub_weights(name: str) -> HubWeights:
    """The weights that timm has for a network: those in the cache, or else fetched now.

    Args:
        name: As in ``timm.list_models()``.

    Raises:
        AubenchError: If there are none, or they are not in the cache and cannot be fetched.
    """
    try:
        config = timm.get_pretrained_cfg(name)
    except RuntimeError as error:  # a tag that the network does not have
        raise _lacking(name, str(error)) from error
    if config is None or not config.hf_hub_id:
        raise _lacking(name, "it has none there")
    path = _cached(config.hf_hub_id) or _fetched(name, config.hf_hub_id)
    return HubWeights(config.hf_hub_id, path, file_sha256(path))


def _cached(repository: str) -> Path | None:
    """The file of weights in the hub's cache, which needs no network."""
    found = (try_to_load_from_cache(repository, file) for file in FILES)
    return next((Path(path) for path in found if isinstance(path, str)), None)


def _fetched(name: str, repository: str) -> Path:
    """The file of weights, fetched to the hub's cache."""
    if constants.HF_HUB_OFFLINE:
        raise _lacking(name, "HF_HUB_OFFLINE is set, and they are not in its cache")
    if reason := unreachable(constants.ENDPOINT):
        raise _lacking(name, f"{constants.ENDPOINT} cannot be reached: {reason}")
    for file in FILES:
        try:
            return Path(hf_hub_download(repository, file))
        except EntryNotFoundError as error:
            if isinstance(error, LocalEntryNotFoundError):  # the network went away meanwhile
                raise _lacking(name, str(error).strip().splitlines()[0]) from error
        except OSError as error:
            raise _lacking(name, str(error).strip().splitlines()[0]) from error
    raise _lacking(name, f"{repository} has no {' and no '.join(FILES)}")


@cache
def unreachable(address: str) -> str:
    """Why a web address does not answer, in a few words; empty if it does, whatever it says.

    It is asked in a thread of its own: looking for the name of a host knows no time limit.
    """
    said: list[str] = []
    asking = Thread(target=lambda: said.append(_probe(address)), daemon=True)
    asking.start()
    asking.join(2 * PROBE_SECONDS)
    return said[0] if said else f"no answer in {2 * PROBE_SECONDS:g} s"


def _probe(address: str) -> str:
    """See `unreachable`."""
    try:
        urlopen(Request(address, method="HEAD"), timeout=PROBE_SECONDS).close()
    except HTTPError as error:  # a proxy answers for a host that it cannot reach
        return f"{error.code} {error.reason}" if error.code >= GATEWAY else ""
    except URLError as error:
        # The hub's client has certificates of its own.
        return "" if isinstance(error.reason, SSLError) else str(error.reason)
    except (OSError, ValueError) as error:
        return str(error)
    return ""


def _lacking(name: str, reason: str) -> AubenchError:
    return AubenchError(
        f"no pre-trained weights of {name} from the hub ({reason})",
        mend="give them with --set weights=FILE.safetensors, or start at random, "
        "--set weights=none",
    )


def hub_state(name: str) -> dict[str, Tensor]:
    """The weights of `hub_weights` as timm reads them, without a classifier.

    Raises:
        AubenchError: If they cannot be had, or are not what this timm expects.
    """
    file = str(hub_weights(name).path)
    overlay = {"file": file, "custom_load": False}
    try:
        network = timm.create_model(
            name, pretrained=True, num_classes=0, pretrained_cfg_overlay=overlay
        )
    except (OSError, RuntimeError, SafetensorError) as error:
        raise _lacking(name, f"{file}: {str(error).strip().splitlines()[0]}") from error
    return dict(network.state_dict())


def file_state(name: str, path: Path) -> dict[str, Tensor]:
    """The weights in a safetensors file of a timm network, without its classifier.

    Args:
        name: As in ``timm.list_models()``.
        path: The file.

    Raises:
        AubenchError: If the file cannot be read, or is of another network.
    """
    mend = f"give the model.safetensors of {name}"
    wanted = timm.create_model(name, pretrained=False, num_classes=0).state_dict()
    try:
        found = load_file(path)
    except (OSError, SafetensorError) as error:
        what = f"not a readable safetensors file ({error})"
        raise AubenchError(what, mend=mend, path=path) from error
    for key, tensor in wanted.items():
        if key not in found or found[key].shape != tensor.shape:
            what = f"not weights of {name}: {key} is missing or of another shape"
            raise AubenchError(what, mend=mend, path=path)
    return {key: found[key] for key in wanted}
