"""Label files of DISFA, BP4D and FERA: no bytes are misread."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aubench.corpora.labels import CodedFrames, join, read_intensity, read_labels, read_occurrence
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


NOISE = st.one_of(
    st.binary(max_size=60),
    st.text("0123456789,;\n\r\t .-aAuU", max_size=80).map(str.encode),
)
ROWS = st.lists(st.tuples(st.integers(0, 30), st.sampled_from([0, 1, 1, 5, 6, 9])), max_size=6)


@settings(max_examples=200, deadline=None)
@given(st.one_of(NOISE, ROWS.map(lambda rows: b"".join(b"%d,%d\n" % row for row in rows))))
def test_no_intensity_is_misread(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "fuzzed.csv"
    path.write_bytes(data)
    try:
        coded = read_intensity(path)
    except AubenchError:
        return
    lines = data.removeprefix(b"\xef\xbb\xbf").decode().strip().splitlines()
    rows = sorted(tuple(int(cell) for cell in line.split(",")) for line in lines)
    assert coded.frames.tolist() == [frame for frame, _ in rows]
    assert len(set(coded.frames.tolist())) == len(rows)
    codes = np.nan_to_num(coded.labels[:, 0], nan=9).astype(int).tolist()
    assert codes == [code for _, code in rows]
    assert set(codes) <= {0, 1, 2, 3, 4, 5, 9}


HEADS = st.permutations(["1", "2", "4", "AU06", "12", "flag"])
CELLS = st.lists(st.lists(st.sampled_from("011119x "), min_size=5, max_size=7), max_size=4)


@settings(max_examples=200, deadline=None)
@given(HEADS, CELLS, NOISE, st.booleans())
def test_no_occurrence_is_misread(
    tmp_path_factory: pytest.TempPathFactory,
    heads: list[str],
    cells: list[list[str]],
    noise: bytes,
    noisy: bool,
) -> None:
    path = tmp_path_factory.getbasetemp() / "fuzzed.csv"
    table = [["0", *heads], *([str(7 + n), *row] for n, row in enumerate(cells))]
    data = noise if noisy else "\n".join(",".join(row) for row in table).encode()
    path.write_bytes(data)
    try:
        coded = read_occurrence(path, (1, 6))
    except AubenchError:
        return
    lines = [line.split(",") for line in data.decode().strip().splitlines()]
    at = [[h.strip().upper() for h in lines[0]].index(f) for f in ("1", "AU06")]
    assert coded.frames.tolist() == [int(row[0]) for row in lines[1:]]
    expected = [[int(row[c]) for c in at] for row in lines[1:]]
    assert np.nan_to_num(coded.labels, nan=9).astype(int).tolist() == expected
    assert {len(row) - len(lines[0]) for row in lines[1:]} in ({0}, {1})


def test_labels_are_joined_by_frame_number() -> None:
    def coded(frames: list[int], *columns: list[float]) -> CodedFrames:
        return CodedFrames(np.array(frames), np.array(columns, dtype=np.float32).T)

    joined = join([coded([2, 5], [1, 2]), coded([1, 5, 9], [3, 4, 5], [0, 1, 0])])
    assert joined.frames.tolist() == [1, 2, 5, 9]
    nan = np.nan
    expected = [[nan, 3, 0], [1, nan, nan], [2, 4, 1], [nan, 5, 0]]
    np.testing.assert_array_equal(joined.labels, expected)
