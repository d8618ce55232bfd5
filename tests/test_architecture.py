"""The architecture that CONTRIBUTING.md draws, held against the imports of every module."""

from __future__ import annotations

import ast
import re
from collections import Counter
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = {
    "aubench": ROOT / "aubench",
    "aubench_methods": ROOT / "methods" / "aubench_methods",
    "aubench_protocols": ROOT / "protocols" / "aubench_protocols",
}


@cache
def modules() -> dict[str, Path]:
    """Every module of the three packages, by name."""
    found = {}
    for package, folder in PACKAGES.items():
        for path in folder.rglob("*.py"):
            parts = (package, *path.relative_to(folder).with_suffix("").parts)
            found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


@cache
def imported(module: str) -> frozenset[str]:
    """The modules of the three packages that ``module`` imports, wherever the statement stands."""
    found = set()
    for node in ast.walk(ast.parse(modules()[module].read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = {f"{node.module}.{alias.name}" for alias in node.names}
            inner = names & modules().keys()
            found |= inner | ({node.module} if inner != names else set())
    return frozenset(found & modules().keys()) - {module}


def floors() -> list[list[str]]:
    """The drawing of CONTRIBUTING.md, from the top floor down: the rooms of each floor."""
    text = (ROOT / "CONTRIBUTING.md").read_text()
    drawing = re.search(r"```text\n(cli\b.*?)```", text, re.DOTALL)
    assert drawing, "CONTRIBUTING.md has no drawing of the rooms"
    lines = drawing[1].strip().splitlines()
    return [line.partition("#")[0].split() for line in lines]


def room(module: str) -> str:
    """The room of a module of ``aubench``: its folder, or its file at the top of the package."""
    return module.split(".")[1] if "." in module else ""


def test_no_module_imports_itself_by_way_of_others() -> None:
    try:
        TopologicalSorter({name: imported(name) for name in modules()}).prepare()
    except CycleError as circle:
        pytest.fail(" → ".join(circle.args[1]))


def test_a_circle_would_be_found() -> None:
    with pytest.raises(CycleError):
        TopologicalSorter({"a": {"b"}, "b": {"a"}}).prepare()


def test_the_drawing_names_every_room_once() -> None:
    drawn = Counter(name for floor in floors() for name in floor)
    rooms = {room(name) for name in modules() if name.startswith("aubench.")} - {"__main__"}
    assert drawn == Counter(rooms)


def test_rooms_import_only_rooms_below_them() -> None:
    height = {name: -level for level, floor in enumerate(floors()) for name in floor}
    wrong = [
        f"{name} imports {other}"
        for name in modules()
        if name.startswith("aubench.") and name != "aubench.__main__"
        for other in imported(name)
        if room(other) and room(other) != room(name) and height[room(other)] >= height[room(name)]
    ]
    assert not wrong


def test_the_harness_imports_no_method_and_no_protocol() -> None:
    wrong = [
        f"{name} imports {other}"
        for name in modules()
        if name.partition(".")[0] == "aubench"
        for other in imported(name)
        if other.partition(".")[0] != "aubench"
    ]
    assert not wrong


def test_rooms_are_small() -> None:
    files = [*modules().values(), *(ROOT / "tests").rglob("*.py")]
    count = Counter(str(path.parent.relative_to(ROOT)) for path in files)
    most = {"aubench": 16}
    assert not {folder: n for folder, n in count.items() if n > most.get(folder, 15)}


def test_files_are_short() -> None:
    long = {
        str(path.relative_to(ROOT))
        for path in modules().values()
        if len(path.read_text().splitlines()) > 300
    }
    assert not long


@cache
def public() -> dict[str, frozenset[str]]:
    """Module → public names, as docs/public.md lists them."""
    text = (ROOT / "docs" / "public.md").read_text()
    rows = re.findall(r"^\| `(aubench[\w.]*)` \| (.*) \|$", text, re.MULTILINE)
    return {module: frozenset(re.findall(r"`(\w+)`", names)) for module, names in rows}


def taken(tree: ast.Module) -> set[tuple[str, str]]:
    """Module and name of everything that is imported from ``aubench``."""
    return {
        (node.module, alias.name)
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module
        if node.module.partition(".")[0] == "aubench"
        for alias in node.names
    }


def attributes(tree: ast.Module) -> set[tuple[str, str]]:
    """Module and name of everything that is used of a module of ``aubench`` imported whole."""
    whole = {
        alias.asname or alias.name: f"{node.module}.{alias.name}"
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
        if f"{node.module}.{alias.name}" in modules()
    }
    return {
        (whole[node.value.id], node.attr)
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)
        if node.value.id in whole and whole[node.value.id].startswith("aubench.")
    }


PLUGINS = [
    *(path for name, path in modules().items() if name.partition(".")[0] != "aubench"),
    *(ROOT / "tests" / "plugin").glob("*.py"),
]


@pytest.mark.parametrize("path", PLUGINS, ids=lambda path: path.stem)
def test_a_plugin_needs_only_public_names(path: Path) -> None:
    tree = ast.parse(path.read_text())
    names = {
        (module, name) for module, name in taken(tree) if f"{module}.{name}" not in modules()
    } | attributes(tree)
    private = {f"{module}.{name}" for module, name in names if name not in public().get(module, ())}
    assert not private


@pytest.mark.parametrize("module", sorted(public()))
def test_public_names_exist_and_show_only_public_types(module: str) -> None:
    tree = ast.parse(modules()[module].read_text())
    origin = {name: source for source, name in taken(tree)}
    defined = {
        name.id if isinstance(name, ast.Name) else name
        for node in tree.body
        for name in (
            [node.name]
            if isinstance(node, ast.FunctionDef | ast.ClassDef)
            else node.targets
            if isinstance(node, ast.Assign)
            else [node.target]
            if isinstance(node, ast.AnnAssign)
            else []
        )
        if isinstance(name, str | ast.Name)
    }
    assert public()[module] <= defined | origin.keys()
    private = {
        f"{node.name} → {origin[name]}.{name}"
        for node in exposed(tree, public()[module])
        for name in annotated(node)
        if name in origin and name not in public().get(origin[name], ())
    }
    assert not private


def exposed(tree: ast.Module, names: frozenset[str]) -> list[ast.FunctionDef]:
    """The public functions of a module, and the public methods of its public classes."""
    classes = [node for node in tree.body if isinstance(node, ast.ClassDef) and node.name in names]
    functions = [
        node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name in names
    ]
    inner = [node for each in classes for node in each.body if isinstance(node, ast.FunctionDef)]
    return functions + [node for node in inner if node.name[0] != "_" or node.name == "__init__"]


def annotated(function: ast.FunctionDef) -> set[str]:
    """The names in the annotations of a function."""
    arguments = function.args
    every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    notes = [each.annotation for each in every if each.annotation] + (
        [function.returns] if function.returns else []
    )
    return {n.id for note in notes for n in ast.walk(note) if isinstance(n, ast.Name)}


def test_no_module_takes_another_ones_private_names() -> None:
    wrong = [
        f"{name}: {source}.{other}"
        for name, path in modules().items()
        for source, other in taken(ast.parse(path.read_text()))
        if other.startswith("_") and not other.startswith("__")
    ]
    assert not wrong


def test_no_test_imports_a_test() -> None:
    wrong = [
        f"{path.relative_to(ROOT)}: {line}"
        for path in (ROOT / "tests").rglob("test_*.py")
        for line in re.findall(r"^\s*(?:from|import) test_\w+.*", path.read_text(), re.MULTILINE)
    ]
    assert not wrong
