"""Mistakes in calls of ``aubench study``."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from aubench.corpora.disfa.reader import Disfa
from aubench.errors import AubenchError
from aubench.pack.prepare import prepare
from support.studied import Call
from support.trees.disfa_tree import write_disfa


@pytest.mark.parametrize(
    ("command", "arguments", "wanted"),
    [
        ("noise", ["--levels", "5,x"], "--levels 5,x; write pixels with commas"),
        ("noise", ["--levels", "-5"], "--levels -5; write pixels"),
        ("noise", ["--metric", "f1"], "no metric 'f1' here; choose icc"),
        ("noise", ["--source", "nowhere"], "nowhere: no such folder"),
        ("maps", ["--aus", "1,7"], "disfa3fold has no AU7; choose among AUs 1, 2"),
        ("maps", ["--aus", "x"], "--aus x; write numbers with commas"),
        ("maps", ["--frame", "SN001"], "--frame SN001; write SUBJECT:FRAME"),
        ("maps", ["--frame", "SN001:99"], "no test frame SN001:99; choose"),
        ("maps", ["--frame", "SN001:right:1"], "no test frame SN001:right:1; choose"),
        ("time", ["--subject", "SN099"], "no subject disfa/SN099 among the test frames"),
        ("time", ["--session", "right"], "no session right among the test frames of disfa3fold"),
        ("time", ["--view", "3"], "no view 3 among"),
        ("time", ["--out", "."], ".: is a folder; name a file in it"),
    ],
)
def test_mistakes_are_one_line(
    call: Call, run: Path, pack: Path, *, command: str, arguments: list[str], wanted: str
) -> None:
    with pytest.raises(AubenchError) as error:
        call("study", command, run, "--pack", pack, *arguments)
    assert wanted in str(error.value)
    assert "\n" not in str(error.value)


def test_another_pack_than_the_runs_is_refused(
    call: Call, run: Path, svr: Path, tmp_path: Path
) -> None:
    corpus = write_disfa(tmp_path / "disfa", ("SN001",), frames=2)
    prepare(Disfa(corpus), tmp_path / "pack", size=64)
    with pytest.raises(AubenchError, match=r"but the run was tested on \w{16} \(disfa, 64 pixels"):
        call("study", "time", run, "--pack", tmp_path / "pack", "--out", tmp_path / "x")


def test_what_a_run_lacks_is_said(
    call: Call, run: Path, svr: Path, pack: Path, tmp_path: Path
) -> None:
    out = ("--pack", pack, "--out", tmp_path / "x")
    with pytest.raises(AubenchError, match="geometric-svr has no heat maps"):
        call("study", "maps", svr, *out)
    with pytest.raises(AubenchError, match="no finished run"):
        call("study", "time", tmp_path, *out)
    shutil.copy(run / "record.json", tmp_path)
    with pytest.raises(AubenchError, match="no predictor of fold 0"):
        call("study", "noise", tmp_path, *out)
    with pytest.raises(AubenchError, match="no predictions beside the record"):
        call("study", "time", tmp_path, *out)
