"""Manifests from strangers: whatever they say, a one-line error and nothing worse."""

import json
import random
import shutil
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aubench.errors import AubenchError
from aubench.pack.manifest import Manifest
from support.small_pack import make, refused, rewrite


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make(tmp_path_factory.mktemp("malice") / "pack", ["small/A", "small/B"]).path


@pytest.fixture
def copy(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made, tmp_path / "copy"))


@pytest.mark.parametrize(
    "name",
    ["../B.arrow", "/etc/passwd", "..", "/tmp/x.arrow", "a/b.arrow", "B.arrow\n", "a\0.arrow"],
)
def test_a_file_name_that_leads_elsewhere_is_refused(copy: Path, name: str) -> None:
    manifest = copy / "manifest.json"
    rewrite(manifest, lambda data: data["subjects"]["small/A"].update(file=name))
    assert "subjects.small/A.file" in refused(copy)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("size", 10**9),
        ("size", 0),
        ("size", -1),
        ("quality", 1000),
        ("aus", [-6, 12]),
        ("corpus", "other"),
        ("frames", "some"),
        ("recipe", {"name": "tight", "parameters": {"\ud800": 1}}),
        ("notes", ["\ud800"]),
        ("schema_version", 1e400),
        (
            "subjects",
            {"small/B\ud800": {"file": "B.arrow", "rows": 1, "untracked": 0, "sha256": ""}},
        ),
    ],
)
def test_a_manifest_of_absurd_values_is_refused(copy: Path, field: str, value: object) -> None:
    rewrite(copy / "manifest.json", lambda data: data.update({field: value}))
    refused(copy)


@pytest.mark.parametrize("rows", [-1, 21, 10**18, 10**400, True, "20"])
def test_a_wrong_number_of_rows_is_refused(copy: Path, rows: object) -> None:
    manifest = copy / "manifest.json"
    rewrite(manifest, lambda data: data["subjects"]["small/A"].update(rows=rows))
    refused(copy)


def test_two_subjects_may_not_share_a_shard(copy: Path) -> None:
    rewrite(
        copy / "manifest.json",
        lambda data: data["subjects"]["small/B"].update(file="A.arrow"),
    )
    assert "two subjects have one file" in refused(copy)


def test_subjects_come_in_order(copy: Path) -> None:
    """Rows have one order: the fingerprint does not tell another."""
    rewrite(
        copy / "manifest.json",
        lambda data: data.update(subjects=dict(reversed(data["subjects"].items()))),
    )
    assert "not in order" in refused(copy)


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("[" * 100_000 + "]" * 100_000, "nested too deep"),
        ('{"a":' * 100_000 + "1" + "}" * 100_000, "nested too deep"),
        ('{"size": ' + "9" * 100_000 + "}", "not JSON"),
        ("[1, 2]", "manifest.json: "),
        ("null", "manifest.json: "),
        ("", "not JSON"),
    ],
)
def test_json_made_to_break_its_reader_is_refused(copy: Path, text: str, what: str) -> None:
    (copy / "manifest.json").write_text(text)
    assert what in refused(copy)


def test_deep_parameters_are_refused(copy: Path) -> None:
    deep = json.loads('{"a":' * 900 + "1" + "}" * 900)
    manifest = copy / "manifest.json"
    text = json.dumps(json.loads(manifest.read_text()) | {"recipe": "HERE"})
    recipe = json.dumps({"name": "tight", "parameters": {"x": deep}})
    manifest.write_text(text.replace('"HERE"', recipe))
    refused(copy)


def test_a_giant_manifest_is_refused_unread(copy: Path) -> None:
    with (copy / "manifest.json").open("ab") as file:
        file.truncate(1 << 40)  # sparse
    assert "too large for a manifest" in refused(copy)


def read_or_refused(file: Path, text: bytes) -> None:
    """What is read is what is written there; what is refused is refused in one line."""
    file.write_bytes(text)
    try:
        read = Manifest.read(file)
    except AubenchError as error:
        assert "\n" not in str(error)
        return
    told = json.loads(text)
    older = {"crc32": None, "inputs": {}}  # what a shard's entry may lack
    told["subjects"] = {key: older | shard for key, shard in told["subjects"].items()}
    assert json.loads(read.model_dump_json()) | told == json.loads(read.model_dump_json())


TEXTS = st.text(max_size=20)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=8,
)


@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data(), value=VALUES)
def test_a_manifest_with_another_value_is_read_as_it_is_or_refused(
    copy: Path, data: st.DataObject, value: object
) -> None:
    whole = json.loads((copy / "manifest.json").read_text())
    parent, name = {"": whole}, ""
    while isinstance(parent[name], dict) and parent[name]:
        parent = parent[name]
        name = data.draw(st.sampled_from(sorted(parent)))
        if data.draw(st.booleans()):
            break
    parent[name] = value
    read_or_refused(copy / "changed.json", json.dumps(whole).encode())


@pytest.mark.slow
def test_a_manifest_of_damaged_bytes_is_read_as_it_is_or_refused(copy: Path) -> None:
    """Ten thousand: bytes flipped, cut out, repeated."""
    rng = random.Random(0)
    sound = (copy / "manifest.json").read_bytes()
    for _ in range(10_000):
        data = bytearray(sound)
        for _ in range(rng.randint(1, 4)):
            place = rng.randrange(len(data))
            end = place + rng.randrange(1, 40)
            kind = rng.randrange(3)
            if kind == 0:
                data[place] ^= 1 << rng.randrange(8)
            elif kind == 1:
                del data[place:end]
            else:
                data[place:place] = data[place:end]
        read_or_refused(copy / "changed.json", bytes(data))
