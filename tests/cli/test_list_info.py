"""``aubench list`` and ``aubench info``, and that neither they nor ``table`` load torch."""

import subprocess
import sys
from pathlib import Path

import click
import numpy as np
import pytest
from click.testing import CliRunner

from aubench.cli import cli
from aubench.crops.crop import CropInfo
from aubench.errors import AubenchError
from aubench.pack.manifest import PackOptions, finish
from aubench.pack.pack import MANIFEST, SHARDS
from aubench.pack.shard import Row, ShardWriter, shard_name
from aubench.registry import plugins


def output(*arguments: str) -> str:
    done = CliRunner().invoke(cli, arguments, catch_exceptions=False)
    assert done.exit_code == 0
    return done.output


def test_a_kind_is_listed_a_line_each() -> None:
    lines = output("list", "protocols").splitlines()
    assert [line.split()[0] for line in lines] == list(plugins("protocols"))
    assert all(line.endswith("[aubench]") for line in lines)


def test_everything_is_listed_under_headings() -> None:
    text = output("list")
    headings = [line for line in text.splitlines() if line and not line.startswith(" ")]
    assert headings == ["methods", "protocols", "corpora", "papers"]
    for name in ("adapt", "disfa3fold", "disfa", "ntinou2020"):
        assert any(line.startswith(f"  {name} ") for line in text.splitlines())


def test_aliases_and_doubts_are_told() -> None:
    lines = {line.split()[0]: line for line in output("list", "protocols").splitlines()}
    assert "(alias of fera2015)" in lines["bp4d"]
    assert "(unconfirmed)" in lines["fera2017-test"]
    assert "(unconfirmed)" not in lines["disfa3fold"]


def facts(text: str) -> dict[str, str]:
    """The block of facts: name → what it says on its first line."""
    lines = text.split("\n\n")[1].splitlines()
    return {line[:12].strip(): line[12:] for line in lines if line[:12].strip()}


def test_info_tells_a_protocol_exactly() -> None:
    text = output("info", "disfa3fold")
    found = facts(text)
    assert found["task"] == "intensity"
    assert found["AUs"] == "1 2 4 5 6 9 12 15 17 20 25 26 (12)"
    assert found["scored"] == "130,814 frames"
    assert "pool" in text
    assert "masked" in found["missing"]
    assert found["labels"] == "public"
    assert found["confidence"].startswith("confirmed")
    assert len(found["hash"]) == 16
    assert "https://github.com/ESanchezLozano/Action-Units-Heatmaps/issues/10" in text
    for fold, frames in (("0", "43,605"), ("1", "43,604"), ("2", "43,605")):
        assert f"fold {fold}\n" in text
        assert f"9 subjects, {frames} frames" in text
    assert "disfa/ SN001 SN006 SN007 SN008 SN009 SN026 SN027 SN028 SN029" in text


@pytest.mark.parametrize(
    ("name", "scored"),
    [
        ("disfa-arl", "43,084 frames"),
        ("disfa3fold-jaa", "126,144 frames"),
        ("fera2015", "71,261 frames"),
        ("bp4d", "71,261 frames"),
        ("bp4d3fold", "146,847 frames"),
        ("disfa-to-bp4d", "146,847 frames"),
        ("bp4d-to-disfa", "130,814 frames"),
        ("fera2017", "no source counts the frames"),
    ],
)
def test_info_tells_how_many_frames_are_scored(name: str, scored: str) -> None:
    assert facts(output("info", name))["scored"] == scored


def test_info_tells_doubts_thresholds_and_hidden_labels() -> None:
    assert facts(output("info", "fera2017-test"))["confidence"] == "unconfirmed"
    assert "not public" in facts(output("info", "fera2015-test"))["labels"]
    assert facts(output("info", "disfa3fold-occ"))["task"] == "occurrence: present means 2 or more"
    assert "fera2017/VA/ *" in output("info", "fera2017")


def test_an_unknown_protocol_is_told_with_the_nearest() -> None:
    with pytest.raises(AubenchError, match="did you mean 'disfa3fold'"):
        output("info", "disfa3fild")


def write_pack(
    folder: Path, counts: dict[str, int], *, synthetic: bool, aus: tuple[int, ...]
) -> None:
    """A pack of frames without pictures, labels all 0."""
    (folder / SHARDS).mkdir(parents=True)
    shards = {}
    for subject, count in counts.items():
        path = folder / SHARDS / shard_name(subject)
        with ShardWriter(path, subject, len(aus), 0) as writer:
            for frame in range(1, count + 1):
                writer.add(
                    Row(
                        session="left",
                        view=0,
                        frame=frame,
                        logged=False,
                        tracked=True,
                        labels=np.zeros(len(aus), np.float32),
                        occurrence=np.zeros(0, np.float32),
                        landmarks=np.zeros((68, 2), np.float32),
                        image=b"",
                    )
                )
        shards[subject] = writer.info
    options = PackOptions(
        corpus="disfa",
        synthetic=synthetic,
        aus=aus,
        size=8,
        recipe=CropInfo(name="tight"),
        frames="all",
        quality=90,
    )
    finish(options, shards).write(folder / MANIFEST)


@pytest.mark.parametrize("synthetic", [False, True])
def test_info_names_what_a_pack_lacks(tmp_path: Path, synthetic: bool) -> None:
    held = {f"disfa/SN{n:03}": 4845 if n == 1 else 3 for n in (1, 2, 3)}
    write_pack(tmp_path / "p", held, synthetic=synthetic, aus=(1, 2, 4, 5, 6, 9, 12))
    text = output("info", "disfa3fold", "--pack", str(tmp_path / "p"))
    status = "synthetic" if synthetic else "partial"
    assert f"pack {tmp_path / 'p'}: {status}" in text
    assert "  no labels for AU15, AU17, AU20, AU25, AU26" in text
    assert "no label fingerprint: no labels for AU15" in text
    assert "24 of 27 subjects missing: disfa/SN004" in text
    assert "disfa/SN002 3, not 4,845; disfa/SN003 3, not 4,845" in text
    assert "disfa/SN001 " not in text.split("pack ")[1]


def test_a_folder_that_is_no_pack_is_refused(tmp_path: Path) -> None:
    with pytest.raises(AubenchError, match="no pack"):
        output("info", "disfa3fold", "--pack", str(tmp_path))


HEAVY = {"torch", "pandas", "pyarrow", "cv2"}


def loaded(code: str) -> set[str]:
    """Which of `HEAVY` a process of its own has imported after ``code``."""
    ends = f"import sys\nprint(*({HEAVY} & set(sys.modules)), sep=',')"
    done = subprocess.run(
        [sys.executable, "-c", f"{code}\n{ends}"], capture_output=True, text=True, check=True
    )
    return set(filter(None, done.stdout.splitlines()[-1].split(",")))


def command_paths(group: click.Group) -> list[list[str]]:
    """The words of every command below ``group``."""
    found = []
    for name in group.list_commands(click.Context(group)):
        command = group.get_command(click.Context(group), name)
        below = command_paths(command) if isinstance(command, click.Group) else [[]]
        found += [[name, *words] for words in below]
    return found


@pytest.mark.parametrize("command", ["--help", "list", "table --metric icc", "info disfa3fold"])
def test_starting_up_loads_no_torch(
    command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    call = f"cli.main({command.split()!r}, standalone_mode=False)"
    assert not loaded(f"from aubench.cli import cli\n{call}")


def test_no_help_text_needs_torch() -> None:
    code = (
        "from click.testing import CliRunner\n"
        "from aubench.cli import cli\n"
        f"for words in {command_paths(cli)!r}:\n"
        "    assert CliRunner().invoke(cli, [*words, '--help']).exit_code == 0, words"
    )
    assert "torch" not in loaded(code)


def test_scoring_and_verifying_load_no_torch() -> None:
    modules = (
        "evaluation.checks.verify",
        "experiment.packs",
        "importers.evaluate",
        "metrics.comparison",
    )
    assert "torch" not in loaded("\n".join(f"import aubench.{name}" for name in modules))
