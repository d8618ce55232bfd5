"""The interface of a synthetic corpus, and how it is written: whole parts, in worker processes."""

from __future__ import annotations

import json
import shutil
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import as_completed
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, ClassVar, Self

from aubench.corpora.synthetic_mark import SYNTHETIC_MARK, SYNTHETIC_NOTE
from aubench.errors import AubenchError
from aubench.io.atomic import atomic, make_folder
from aubench.io.locks import LOCK, hold
from aubench.workers import worker_pool

GENERATOR = 5
"""Version of the generator: the same version, seed and settings give the same tree."""

_WORKING = ".partial-"
"""How the names of working folders begin."""

_LOCK = f".{LOCK}"
"""The lock of a tree, where no reader of the corpus looks."""


@dataclass(frozen=True)
class SyntheticTree(ABC):
    """A synthetic corpus in a real corpus's layout; its fields decide every byte of it.

    A class named in the entry-point group ``aubench.twins`` writes the twin of that corpus. An
    instance travels to worker processes, so it must pickle.

    Attributes:
        kind: What the marker file says that the tree is.
        title: The corpus's name in messages.
        choices: Which parts there are, for messages.
        reader_settings: Options that the corpus's reader needs to read the tree.
        seed: Another seed gives other people.
    """

    kind: ClassVar[str]
    title: ClassVar[str]
    choices: ClassVar[str]
    reader_settings: ClassVar[Mapping[str, str]] = {}

    seed: int = 0

    @classmethod
    @abstractmethod
    def for_twin(cls, *, size: int, frames: int, seed: int) -> Self:
        """The tree of a twin.

        Args:
            size: Width and height of the crops, pixels; faces must fill them without enlarging.
            frames: About how many frames per subject, at least one per video; pictures in all for
                an alignment corpus.
            seed: Of everything that is drawn.
        """

    @abstractmethod
    def parts(self) -> Sequence[str]:
        """Names of all subjects (of folders in an alignment corpus); each is written separately.

        A name before a slash, such as ``TR`` in ``TR/F001``, stands for all parts of that group.
        """

    @abstractmethod
    def write_part(self, root: Path, part: str) -> None:
        """Write one part, unless it is there; it must not depend on other parts."""

    def chosen(self, only: Sequence[str]) -> tuple[str, ...]:
        """The parts named by ``only``, in the order of `parts`; all parts when it is empty.

        Raises:
            AubenchError: If there is no such part and no such group.
        """
        groups = {part: {part, part.split("/")[0]} for part in self.parts()}
        for name in only:
            if not any(name in names for names in groups.values()):
                raise AubenchError(
                    f"{self.title} has no subject {name!r}", mend=f"choose from {self.choices}"
                )
        return tuple(part for part, names in groups.items() if not only or names & set(only))

    def write(
        self,
        dest: Path | str,
        only: Sequence[str] = (),
        *,
        workers: int = 1,
        progress: Callable[[int], None] = lambda _: None,
    ) -> None:
        """Write the tree, or finish one that was interrupted.

        The tree does not depend on ``workers`` or on the order of ``only``.

        Args:
            dest: A folder that is empty, does not exist, or holds the same tree unfinished.
            only: The parts to write; all when empty.
            workers: Processes; 1 works in this one.
            progress: Called with 1 after each part, also for parts that are there already.

        Raises:
            AubenchError: If ``dest`` holds anything else, or there is no such part, or another
                process writes there.
        """
        root, parts = Path(dest), self.chosen(only)
        begin(root, self.kind, asdict(self))
        with hold(root / _LOCK):
            begin(root, self.kind, asdict(self))  # another process may have begun just now
            _tidy(root)
            try:
                self._write_parts(root, parts, workers, progress)
            finally:
                _tidy(root)

    def _write_parts(
        self, root: Path, parts: Sequence[str], workers: int, progress: Callable[[int], None]
    ) -> None:
        if workers <= 1 or len(parts) <= 1:
            for part in parts:
                self.write_part(root, part)
                progress(1)
            return
        with worker_pool(min(workers, len(parts))) as pool:
            for done in as_completed([pool.submit(self.write_part, root, part) for part in parts]):
                done.result()
                progress(1)


def begin(dest: Path, kind: str, settings: dict[str, Any]) -> None:
    """Make ``dest`` a synthetic tree of these settings, or check that it is one.

    Raises:
        AubenchError: If ``dest`` holds anything else.
    """
    wanted = {
        "synthetic": True,
        "note": SYNTHETIC_NOTE.decode(),
        "kind": kind,
        "generator": GENERATOR,
        **settings,
    }
    marker = dest / SYNTHETIC_MARK
    if marker.exists():
        try:
            found = json.loads(marker.read_text())
        except ValueError:
            found = None
        if found == json.loads(json.dumps(wanted)):
            return
        raise AubenchError(
            "holds a synthetic corpus of other settings",
            mend="choose another folder, or remove this one",
            path=dest,
        )
    if dest.exists() and not _is_free(dest):
        raise AubenchError(
            "exists and is not a synthetic corpus",
            mend="choose a folder that is empty or does not exist",
            path=dest,
        )
    make_folder(dest)
    with atomic(marker) as file:
        file.write_text(json.dumps(wanted, indent=2) + "\n")


def _is_free(dest: Path) -> bool:
    """True if a folder holds at most what a writer left that was killed before its marker."""
    own = f"{SYNTHETIC_MARK}."
    return dest.is_dir() and all(
        path.name == _LOCK or (path.name.startswith(own) and path.suffix == ".partial")
        for path in dest.iterdir()
    )


def _tidy(dest: Path) -> None:
    """Remove the working folders that killed writers left; ``dest`` is held by this process."""
    for left in dest.glob(f"{_WORKING}*"):
        shutil.rmtree(left, ignore_errors=True)


@contextmanager
def working_folder(dest: Path, name: str) -> Iterator[Path]:
    """Yield an empty folder inside ``dest``, on its file system; it is removed at the end."""
    folder = dest / f"{_WORKING}{name}"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def publish(source: Path, target: Path) -> None:
    """Move a finished file or folder to its place in one step."""
    target.parent.mkdir(parents=True, exist_ok=True)
    if target.is_dir():
        shutil.rmtree(target)
    source.replace(target)
