"""The tensors of a TorchScript archive, taken out without running anything that is in it.

``torch.jit.load`` compiles the programs of an archive and ``torch.load(weights_only=True)`` refuses
such archives altogether. But the tensors lie beside the programs (PyTorch's
``torch/csrc/jit/docs/serialization.md``): a zip file holds ``NAME/data.pkl``, a pickle of the
module tree, and ``NAME/data/0`` and so on, the numbers, not compressed. The pickle is read here by
an unpickler that knows four names and refuses all else.
"""

from __future__ import annotations

import io
import pickle
import pickletools
import zipfile
from collections import OrderedDict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from aubench.errors import AubenchError

_TREE_BYTES = 1 << 22
"""Bytes of the largest pickle that is read; that of 2DFAN4 has 0.1 MB."""

_OPCODES = {
    "PROTO", "STOP", "MARK", "GLOBAL", "NEWOBJ", "REDUCE", "BUILD", "BINPERSID", "BINPUT",
    "LONG_BINPUT", "BINGET", "LONG_BINGET", "NONE", "NEWTRUE", "NEWFALSE", "BININT", "BININT1",
    "BININT2", "LONG1", "BINFLOAT", "BINUNICODE", "EMPTY_TUPLE", "TUPLE", "TUPLE1", "TUPLE2",
    "TUPLE3", "EMPTY_LIST", "APPEND", "APPENDS", "EMPTY_DICT", "SETITEM", "SETITEMS",
}  # fmt: skip
"""The opcodes that TorchScript's pickler writes."""

_STORAGES = {
    "FloatStorage": torch.float32,
    "DoubleStorage": torch.float64,
    "HalfStorage": torch.float16,
    "LongStorage": torch.int64,
}


def is_torchscript(path: Path) -> bool:
    """True if this is a zip file with TorchScript's constants."""
    if not zipfile.is_zipfile(path):
        return False
    try:
        with zipfile.ZipFile(path) as archive:
            return any(name.endswith("/constants.pkl") for name in archive.namelist())
    except (OSError, ValueError, NotImplementedError, zipfile.BadZipFile):
        return False  # its reader says what is wrong


def read_torchscript(path: Path) -> dict[str, Tensor]:
    """Parameters and buffers of the module in ``path``, by their names in its ``state_dict``.

    Raises:
        AubenchError: If it is damaged, or holds what a module's tree does not.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            trees = [name for name in archive.namelist() if name.endswith("/data.pkl")]
            if len(trees) != 1:
                raise ValueError(f"{len(trees)} module trees")
            data = _stored(archive, trees[0], _TREE_BYTES)
            _check_opcodes(data)
            root = _Unpickler(data, archive, trees[0].removesuffix(".pkl")).load()
            return dict(_tensors(root, ""))
    except (ValueError, TypeError, KeyError, RuntimeError, AttributeError, IndexError, EOFError,
            RecursionError, pickle.UnpicklingError, zipfile.BadZipFile) as error:  # fmt: skip
        reason = str(error).split("\n")[0][:120]
        raise AubenchError(
            f"not a TorchScript archive of weights ({reason})",
            mend="download the file again",
            path=path,
        ) from error


class _Module:
    """A module of the tree; its attributes are parameters, buffers, flags and modules."""


class _Unpickler(pickle.Unpickler):
    """Builds modules without a class of their own, ordered dicts, and tensors; nothing else.

    A pickle can only call what `find_class` gives it.

    Args:
        data: The pickle.
        archive: Holds the numbers.
        folder: Folder of the numbers in it.
    """

    def __init__(self, data: bytes, archive: zipfile.ZipFile, folder: str) -> None:
        super().__init__(io.BytesIO(data))
        self.archive, self.folder = archive, folder

    def find_class(self, module: str, name: str) -> Any:
        """The object that a name in the pickle stands for."""
        if module.startswith("__torch__."):
            return _Module
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return _rebuild
        if (module, name) == ("collections", "OrderedDict"):
            return OrderedDict
        if module == "torch" and name in _STORAGES:
            return _STORAGES[name]
        raise pickle.UnpicklingError(f"it asks for {module}.{name}")

    def persistent_load(self, pid: Any) -> Tensor:
        """The numbers that ("storage", type, key, device, count) names."""
        _, kind, key, _, count = pid
        data = _stored(self.archive, f"{self.folder}/{key}", count * kind.itemsize)
        return torch.frombuffer(bytearray(data), dtype=kind)


def _rebuild(storage: Tensor, offset: int, size: tuple[int, ...], stride: tuple[int, ...],
             *_: object) -> Tensor:  # fmt: skip
    """The tensor over its numbers; torch refuses one that reaches beyond them."""
    return torch.as_strided(storage, size, stride, offset)


def _stored(archive: zipfile.ZipFile, name: str, limit: int) -> bytes:
    """A member that is not compressed, and so no larger than the file.

    Raises:
        ValueError: If it is compressed or larger than ``limit`` bytes.
    """
    info = archive.getinfo(name)
    if info.compress_type != zipfile.ZIP_STORED or info.file_size > limit:
        raise ValueError(f"{name} is compressed or larger than {limit:,} bytes")
    return archive.read(info)


def _check_opcodes(data: bytes) -> None:
    """Raise a ValueError if the pickle has an opcode that TorchScript never writes."""
    for opcode, argument, _ in pickletools.genops(data):
        if opcode.name not in _OPCODES:
            raise ValueError(f"its tree has an opcode {opcode.name}")
        if "BINPUT" in opcode.name and int(argument or 0) > len(data):  # memory for so many memos
            raise ValueError("its tree has too many memos")


def _tensors(module: object, prefix: str) -> Iterator[tuple[str, Tensor]]:
    """Yield the name, as in ``state_dict``, and the tensor of every parameter and buffer."""
    for name, value in vars(module).items():
        if isinstance(value, Tensor):
            yield prefix + name, value
        elif isinstance(value, _Module):
            yield from _tensors(value, f"{prefix}{name}.")
