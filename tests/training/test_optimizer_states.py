"""Checkpoints of any optimiser: a fit that stops and goes on ends as one that does not."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from timm.optim import create_optimizer_v2
from torch import Tensor, nn

from aubench.errors import AubenchError
from support.methods import StoppedError, Stopper
from support.tiny import RECIPE, Tiny, context, train_frames, valid_frames

Make = Callable[[nn.Module, float], torch.optim.Optimizer]


def of_timm(name: str) -> Make:
    return lambda network, lr: create_optimizer_v2(network, name, lr=lr, weight_decay=0.01)


def of_torch(name: str, **options: Any) -> Make:
    return lambda network, lr: getattr(torch.optim, name)(network.parameters(), lr=lr, **options)


class Odd(torch.optim.Optimizer):
    """Keeps what no other keeps: whole numbers, text, lists, dicts, None, and counts in groups."""

    def __init__(self, parameters: Any, lr: float) -> None:
        kept = {"lr": lr, "rule": lambda x: x / 2, "calls": 0, "best": np.inf}
        super().__init__(parameters, kept)

    def step(self, closure: Any = None) -> None:  # type: ignore[override]  # no closure here
        for group in self.param_groups:
            group["calls"] += 1
            for parameter in group["params"]:
                state = self.state[parameter]
                if not state:
                    state |= {"sign": torch.zeros(parameter.shape, dtype=torch.int8), "note": None}
                    state |= {"past": [], "by name": {"norm": 0.0, "kind": torch.float64}}
                state["sign"] = parameter.grad.sign().to(torch.int8)
                state["past"] = [*state["past"][-1:], parameter.grad.clone()]
                state["by name"]["norm"] += float(parameter.grad.norm())
                state["note"] = f"after {group['calls']}"
                scale = group["rule"](1 / group["calls"]) / (1 + state["by name"]["norm"])
                past = torch.stack(state["past"]).mean(dim=0)
                parameter.data.sub_(group["lr"] * scale * (past + state["sign"]))


MAKERS: dict[str, Make] = {
    **{f"torch {name}": of_torch(name) for name in ("Adam", "Adafactor", "ASGD", "NAdam", "Rprop")},
    "torch Adam, amsgrad": of_torch("Adam", amsgrad=True),
    "torch SGD, momentum": of_torch("SGD", momentum=0.9),
    **{
        f"timm {name}": of_timm(name)
        for name in (
            *("adafactor", "adafactorbv", "adan", "adopt", "lamb", "laprop", "lion"),
            *("lookahead_adam", "madgrad", "mars", "muon", "nadamw", "novograd", "rmsproptf"),
        )
    },
    "odd": lambda network, lr: Odd(network.parameters(), lr),
}


def stopped_and_whole(method: Callable[[], Tiny], folder: Path) -> tuple[Any, Any]:
    """The predictors of a fit that was stopped after an epoch and repeated, and of one that was
    not."""
    torch.set_num_threads(1)
    frames = (train_frames(), valid_frames())
    with pytest.raises(StoppedError):
        method().fit(*frames, context(folder / "stopped", monitor=Stopper()))
    stopped = method().fit(*frames, context(folder / "stopped"))
    return stopped, method().fit(*frames, context(folder / "whole"))


@pytest.mark.parametrize("name", MAKERS)
def test_a_stopped_fit_ends_as_a_whole_one_with_any_optimiser(name: str, tmp_path: Path) -> None:
    class Other(Tiny):
        def optimizer(self, network: nn.Module) -> torch.optim.Optimizer:
            return MAKERS[name](network, self.settings.lr)

    stopped, whole = stopped_and_whole(
        lambda: Other(dataclasses.replace(RECIPE, epochs=2)), tmp_path
    )
    last = [tmp_path / kind / "checkpoint.safetensors" for kind in ("stopped", "whole")]
    assert last[0].read_bytes() == last[1].read_bytes()
    frames = valid_frames().unlabelled()
    assert stopped.predict(frames).tobytes() == whole.predict(frames).tobytes()


def test_a_state_that_no_checkpoint_can_hold_is_one_line(tmp_path: Path) -> None:
    class Strange(Odd):
        def step(self, closure: Any = None) -> None:
            super().step(closure)
            for parameter in self.param_groups[0]["params"]:
                self.state[parameter]["lock"] = object()

    class Other(Tiny):
        def optimizer(self, network: nn.Module) -> torch.optim.Optimizer:
            return Strange(network.parameters(), self.settings.lr)

    with pytest.raises(AubenchError, match=r"optimizer\.state\.0\.lock is of type object"):
        Other(RECIPE).fit(train_frames(), valid_frames(), context(tmp_path))


class Tied(Tiny):
    """Two layers with one weight, as language models tie their ends, and a view of a buffer."""

    def build(self, aus: tuple[int, ...], size: int) -> nn.Module:
        network = super().build(aus, size)
        first, second = nn.Linear(len(aus), len(aus)), nn.Linear(len(aus), len(aus))
        second.weight = first.weight
        second.register_buffer("whole", torch.arange(4.0))
        second.register_buffer("part", second.get_buffer("whole")[1:3])
        network.extend([first, second])  # type: ignore[operator]  # a Sequential
        return network


def test_tied_weights_are_kept_and_stay_tied(tmp_path: Path) -> None:
    stopped, whole = stopped_and_whole(lambda: Tied(RECIPE), tmp_path)
    frames = valid_frames().unlabelled()
    assert stopped.predict(frames).tobytes() == whole.predict(frames).tobytes()
    whole.save(tmp_path / "kept")
    loaded: Any = Tied(RECIPE).load(tmp_path / "kept", context(tmp_path))
    assert loaded.predict(frames).tobytes() == whole.predict(frames).tobytes()
    weights: list[Tensor] = [layer.weight for layer in next(iter(loaded.network.children()))[-2:]]
    assert weights[0] is weights[1]
