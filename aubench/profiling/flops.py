"""The cost of one forward pass: flops, activations, memory, and operators that were not counted."""

from __future__ import annotations

import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves
from torch.utils.flop_counter import FlopCounterMode, flop_registry

OUTSIDE = frozenset(
    """
    native_batch_norm _native_batch_norm_legit _native_batch_norm_legit_no_training
    cudnn_batch_norm miopen_batch_norm native_layer_norm native_group_norm _fused_rms_norm
    max_pool2d_with_indices max_pool2d avg_pool2d _adaptive_avg_pool2d adaptive_max_pool2d
    upsample_nearest2d _upsample_nearest_exact2d upsample_bilinear2d _upsample_bilinear2d_aa
    upsample_bicubic2d _upsample_bicubic2d_aa grid_sampler_2d col2im
    _softmax _safe_softmax _log_softmax hardswish hardswish_
    sum mean amax amin max min argmax argmin any all prod var var_mean std std_mean
    linalg_vector_norm sort topk
    """.split()  # noqa: SIM905  # quoted one by one, the names would fill a page
)
"""Operators of ATen that do arithmetic which the convention leaves out: normalisation, pooling,
resampling, softmax, reductions, and elementwise ones that lack torch's tag for it."""

MOVES = frozenset(
    """
    empty empty_like empty_strided empty_permuted new_empty new_empty_strided zeros zeros_like
    new_zeros ones ones_like new_ones full full_like new_full scalar_tensor arange linspace eye
    tril_indices triu_indices cat stack clone copy_ copy _to_copy fill_ zero_ lift_fresh
    detach alias as_strided_ _unsafe_view _reshape_alias resize_ set_ constant_pad_nd
    reflection_pad2d replication_pad2d gather index _unsafe_index index_select index_put index_put_
    scatter slice_scatter select_scatter embedding repeat repeat_interleave roll flip tril triu
    pixel_shuffle pixel_unshuffle channel_shuffle im2col nonzero masked_select
    _local_scalar_dense _assert_async
    """.split()  # noqa: SIM905  # quoted one by one, the names would fill a page
)
"""Operators of ATen that make, move or pick numbers and compute none."""


@dataclass(frozen=True)
class Cost:
    """The cost of one forward pass.

    Attributes:
        flops: Two for every multiplication with its addition in convolutions, matrix products and
            attention: the convention of papers, which leaves out `OUTSIDE` and what works element
            by element.
        activations: Numbers in the outputs of these operators, as in Radosavovic et al., Designing
            Network Design Spaces, CVPR 2020, §2.
        peak_bytes: Most memory that tensors held at one time, the weights included; what a kernel
            takes for itself is not seen.
        uncounted: Operators that may do arithmetic and are not counted. Unless there are none,
            ``flops`` is a lower bound.
    """

    flops: int
    activations: int
    peak_bytes: int
    uncounted: tuple[str, ...]


def forward_cost(network: nn.Module, images: Tensor) -> Cost:
    """The cost of ``network(images)``, in evaluation mode and in the tensors' own precision.

    Args:
        network: On the device of ``images``.
        images: (B, 3, S, S).
    """
    audit = _Audit([*network.parameters(), *network.buffers(), images])
    counter = FlopCounterMode(display=False)
    network.eval()
    # The counter comes first: it takes operators apart, and the audit sees the pieces.
    with _plain_attention(), torch.no_grad(), audit, counter:
        network(images)
    return Cost(
        flops=counter.get_total_flops(),
        activations=audit.activations,
        peak_bytes=audit.peak,
        uncounted=tuple(sorted(audit.uncounted)),
    )


@contextmanager
def _plain_attention() -> Iterator[None]:
    """Attention as matrix products: fused operators hide them from the counter."""
    before = torch.backends.mha.get_fastpath_enabled()
    torch.backends.mha.set_fastpath_enabled(False)
    try:
        with sdpa_kernel(SDPBackend.MATH):
            yield
    finally:
        torch.backends.mha.set_fastpath_enabled(before)


class _Audit(TorchDispatchMode):  # type: ignore[no-untyped-call]  # torch's own lacks types
    """Records memory, activations and uncounted operators of everything that runs.

    Args:
        held: Tensors that exist all the time.
    """

    def __init__(self, held: list[Tensor]) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # torch leaves it so
        self.activations, self.live, self.peak = 0, 0, 0
        self.uncounted: set[str] = set()
        self.storages: set[int] = set()
        for tensor in held:
            self._hold(tensor)

    def __torch_dispatch__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Any = None
    ) -> Any:
        """Run ``func`` and record it."""
        result = func(*args, **(kwargs or {}))
        tensors = [leaf for leaf in tree_leaves(result) if isinstance(leaf, Tensor)]
        if func._overloadpacket in flop_registry:
            self.activations += tensors[0].numel()
        elif not _is_free(func):
            self.uncounted.add(str(func._overloadpacket))
        for tensor in tensors:
            self._hold(tensor)
        return result

    def _hold(self, tensor: Tensor) -> None:
        """Count the memory of ``tensor`` until it is freed."""
        storage = tensor.untyped_storage()
        if storage._cdata in self.storages:
            return
        self.storages.add(storage._cdata)
        self.live += storage.nbytes()
        self.peak = max(self.peak, self.live)
        weakref.finalize(storage, self._free, storage._cdata, storage.nbytes()).atexit = False

    def _free(self, storage: int, size: int) -> None:
        self.storages.discard(storage)
        self.live -= size


def _is_free(func: Any) -> bool:
    """True if ``func`` computes nothing that the convention counts."""
    if torch.Tag.pointwise in func.tags or func.is_view:
        return True
    space, _, name = str(func._overloadpacket).partition(".")
    return space == "aten" and (name in OUTSIDE or name in MOVES)
