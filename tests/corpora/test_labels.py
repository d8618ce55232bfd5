"""Label files, and what DISFA is known to hold."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aubench.corpora.disfa import facts
from aubench.corpora.labels import read_labels
from aubench.errors import AubenchError

PLAIN = b"1,0\n2,5\n3,3\n"


@pytest.mark.parametrize(
    "data",
    [
        PLAIN,
        PLAIN.rstrip(),
        PLAIN.replace(b"\n", b"\r\n"),
        b"\xef\xbb\xbf" + PLAIN,
        b"\xef\xbb\xbf" + PLAIN.replace(b"\n", b"\r\n") + b"\r\n",
        PLAIN + b"\n\n",
        PLAIN + b"  \n",
        PLAIN.replace(b",", b", "),
        PLAIN.replace(b",", b"\t,"),
        b"1,0\r\n2,5\n3,3",
        b"001,0\n002,05\n3,3\n",
    ],
)
def test_every_tolerated_form_reads_the_same(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "SN001_au1.txt"
    path.write_bytes(data)
    assert list(read_labels(path)) == [0, 5, 3]


@pytest.mark.parametrize(
    ("data", "line", "what"),
    [
        (b"1,0\n2,7\n3,3\n", 2, "intensity 7"),
        (b"1,0\n2,6", 2, "intensity 6"),
        (b"1,0\n2,-1\n", 2, "'2,-1' is not a label"),
        (b"1,0\n2,1.5\n", 2, "'2,1.5' is not a label"),
        (b"1,0\n2,nan\n", 2, "'2,nan' is not a label"),
        (b"1,0\n2,\n", 2, "'2,' is not a label"),
        (b"1,0\n\n2,0\n", 2, "'' is not a label"),
        (b"1,0\n2 0\n", 2, "'2 0' is not a label"),
        (b"1,0,0\n", 1, "'1,0,0' is not a label"),
        (b"frame,intensity\n1,0\n", 1, "'frame,intensity' is not a label"),
        (b"0,0\n1,0\n", 1, "frame 0 where frame 1 should be"),
        (b"1,0\n3,0\n", 2, "frame 3 where frame 2 should be"),
        (b"1,0\n1,0\n", 2, "frame 1 where frame 2 should be"),
        (b"", 1, "'' is not a label"),
        (b"1,0\n2,\xff\n", 2, "is not a label"),
        (b"1,0\n2,5\x00\n", 2, "is not a label"),
        (b"1,0\r2,5\r", 1, "is not a label"),
        (b"1," + b"9" * 30, 1, "is not a label"),
    ],
)
def test_a_bad_line_is_named(tmp_path: Path, data: bytes, line: int, what: str) -> None:
    path = tmp_path / "SN001_au1.txt"
    path.write_bytes(data)
    with pytest.raises(AubenchError) as caught:
        read_labels(path)
    assert caught.value.line == line
    assert what in caught.value.what
    assert str(caught.value).startswith(f"{path}:{line}: ")


@settings(deadline=None)
@given(
    st.one_of(
        st.binary(max_size=60),
        st.text("0123456789,;\n\r\t .-", max_size=60).map(str.encode),
        st.lists(st.integers(0, 6)).map(
            lambda values: b"".join(b"%d,%d\n" % pair for pair in enumerate(values, start=1))
        ),
    )
)
def test_no_bytes_are_misread(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "fuzzed.txt"
    path.write_bytes(data)
    try:
        values = read_labels(path)
    except AubenchError:
        return
    # What is read must say the same as a plain reading of the text.
    lines = data.removeprefix(b"\xef\xbb\xbf").decode().strip().splitlines()
    expected = [tuple(int(cell) for cell in line.split(",")) for line in lines]
    assert expected == list(enumerate(values, start=1))
    assert set(values) <= set(range(6))


FRAMES_LEFT = {
    "SN001": 4768,
    "SN002": 4818,
    "SN004": 4830,
    "SN006": 4788,
    "SN009": 4737,
    "SN011": 4824,
    "SN021": 1793,
    "SN023": 4423,
    "SN025": 4758,
    "SN027": 4763,
    "SN028": 4714,
    "SN029": 4391,
    "SN030": 4708,
}
"""Frames that papers which drop the logged ones have left; 4845 for the others, 4844 for SN010."""


def test_the_error_log_leaves_the_published_numbers_of_frames() -> None:
    assert len(facts.SUBJECTS) == 27
    rows = {s: 4845 - facts.SHORT_LABELS.get(s, 0) for s in facts.SUBJECTS}
    assert sum(rows.values()) == 130_814
    left = {s: sum(not facts.logged(s, f + 1) for f in range(n)) for s, n in rows.items()}
    assert sum(left.values()) == 126_144
    for subject in facts.SUBJECTS:
        assert left[subject] == FRAMES_LEFT.get(subject, 4844 if subject == "SN010" else 4845)


def test_a_stretch_of_the_error_log_has_both_its_ends() -> None:
    found = [facts.logged("SN002", frame) for frame in (799, 800, 826, 827)]
    assert found == [False, True, True, False]
