"""Every official split, written out again from its source, and what is refused."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from aubench.corpora.disfa.facts import ERROR_LOG
from aubench.errors import AubenchError
from aubench.evaluation.coverage import check_pack
from aubench.protocol import Fold, Protocol, SubjectSet
from aubench.registry import find, plugins

NAMES = sorted(name for name, plugin in plugins("protocols").items() if plugin.origin == "aubench")

DISFA = {*range(1, 14), 16, 17, 18, 21, *range(23, 33)}
BP4D = {f"F{n:03}" for n in range(1, 24)} | {f"M{n:03}" for n in range(1, 19)}
ERRORS_LEFT = {
    **{1: 4768, 2: 4818, 4: 4830, 6: 4788, 9: 4737, 11: 4824, 21: 1793, 23: 4423},
    **{25: 4758, 27: 4763, 28: 4714, 29: 4391, 30: 4708, 10: 4844},
}


def protocol(name: str) -> Protocol:
    found: Protocol = find("protocols", name)
    return found


def numbers(subjects: tuple[str, ...]) -> set[int]:
    assert all(s.startswith("disfa/SN") for s in subjects)
    return {int(s.removeprefix("disfa/SN")) for s in subjects}


def people(subjects: tuple[str, ...]) -> set[str]:
    assert all(s.startswith("bp4d/") for s in subjects)
    return {s.removeprefix("bp4d/") for s in subjects}


def held_out(name: str) -> list[set[int]]:
    return [numbers(fold.test) for fold in protocol(name).folds]


def test_every_protocol_of_the_list_is_there() -> None:
    assert NAMES == [
        "bp4d",
        "bp4d-to-disfa",
        "bp4d3fold",
        "disfa-arl",
        "disfa-loso",
        "disfa-repeated",
        "disfa-to-bp4d",
        "disfa3fold",
        "disfa3fold-jaa",
        "disfa3fold-occ",
        "fera2015",
        "fera2015-test",
        "fera2017",
        "fera2017-occ",
        "fera2017-occ-test",
        "fera2017-test",
        "twin-to-disfa",
        "twin-to-fera2015",
    ]
    assert protocol("bp4d") is protocol("fera2015")


@pytest.mark.parametrize("name", NAMES)
def test_roles_are_filled_and_disjoint_and_everybody_is_tested_once(name: str) -> None:
    p = protocol(name)
    for fold in p.folds:
        assert fold.train and fold.valid and fold.test
        assert not set(fold.train) & set(fold.valid)
        assert not set(fold.test) & {*fold.train, *fold.valid}
    every = [subject for fold in p.folds for subject in fold.test]
    assert p.repeated or len(every) == len(set(every))
    assert len(p.hash) == 16
    assert p.source


def test_hashes_tell_protocols_apart_and_ignore_words() -> None:
    protocols = {protocol(name).name: protocol(name) for name in NAMES}
    assert len({p.hash for p in protocols.values()}) == len(protocols)
    p = protocols["disfa3fold"]
    assert replace(p, title="another", notes=(), source="elsewhere").hash == p.hash
    assert replace(p, frames="errlog").hash != p.hash
    assert replace(p, folds=p.folds[::-1]).hash != p.hash


def test_disfa3fold_is_the_split_that_its_author_lists() -> None:
    p = protocol("disfa3fold")
    folds = [(numbers(f.train), numbers(f.valid), numbers(f.test)) for f in p.folds]
    a, b, c = (
        {1, 6, 7, 8, 9, 26, 27, 28, 29},
        {2, 5, 10, 11, 12, 16, 17, 21, 25},
        {3, 4, 13, 18, 23, 24, 30, 31, 32},
    )
    assert [f[2] for f in folds] == [a, b, c]
    assert a | b | c == DISFA
    assert [f[1] for f in folds] == [
        {2, 12, 16, 17, 21, 25},
        {4, 18, 23, 24, 30, 32},
        {1, 6, 7, 26, 28, 29},
    ]
    assert [f[0] for f in folds] == [DISFA - test - valid for _, valid, test in folds]
    assert [len(f[0]) for f in folds] == [12, 12, 12]
    assert p.aus == (1, 2, 4, 5, 6, 9, 12, 15, 17, 20, 25, 26)
    assert (p.task, p.frames, p.confidence) == ("intensity", "all", "H")


def test_disfa_counts_are_those_of_its_label_files() -> None:
    counts = protocol("disfa3fold").counts
    assert sum(counts.values()) == 130_814
    assert {numbers((s,)).pop(): n for s, n in counts.items()} == dict.fromkeys(DISFA, 4845) | {
        10: 4844
    }


def test_counts_without_logged_frames_follow_from_the_error_log() -> None:
    counts = protocol("disfa-arl").counts
    assert sum(counts.values()) == 126_144
    for subject, count in counts.items():
        number = numbers((subject,)).pop()
        ranges = ERROR_LOG.get(f"SN{number:03}", ())
        logged = {frame for first, last in ranges for frame in range(first, last + 1)}
        rows = 4844 if number == 10 else 4845
        assert count == rows - len(logged) == ERRORS_LEFT.get(number, 4845)


@pytest.mark.parametrize(
    ("name", "task", "frames", "threshold"),
    [
        ("disfa3fold-jaa", "intensity", "errlog", None),
        ("disfa3fold-occ", "occurrence", "all", 2),
    ],
)
def test_the_parts_of_jaa_net(name: str, task: str, frames: str, threshold: int | None) -> None:
    p = protocol(name)
    assert {f.name: numbers(f.test) for f in p.folds} == {
        "P1": {1, 2, 9, 10, 16, 26, 27, 30, 32},
        "P2": {6, 11, 12, 13, 18, 21, 24, 28, 31},
        "P3": {3, 4, 5, 7, 8, 17, 23, 25, 29},
    }
    assert set().union(*held_out(name)) == DISFA
    assert (p.task, p.frames, p.threshold) == (task, frames, threshold)
    assert p.aus == (1, 2, 4, 6, 9, 12, 25, 26)


def test_disfa_arl_has_one_split_of_18_and_9() -> None:
    p = protocol("disfa-arl")
    (fold,) = p.folds
    assert numbers(fold.test) == {2, 3, 4, 6, 7, 12, 13, 16, 23}
    assert len(fold.train) + len(fold.valid) == 18
    assert sum(p.counts[s] for s in fold.test) == 43_084
    assert sum(p.counts[s] for s in (*fold.train, *fold.valid)) == 83_060


def test_disfa_loso_leaves_each_out_once() -> None:
    p = protocol("disfa-loso")
    assert sorted(map(sorted, held_out("disfa-loso"))) == [[n] for n in sorted(DISFA)]
    assert p.confidence == "M"


def test_disfa_repeated_splits_everybody_ten_times_and_never_the_same() -> None:
    p = protocol("disfa-repeated")
    assert p.repeated
    assert len(p.folds) == 30
    splits = set()
    for repetition in range(10):
        folds = [f for f in p.folds if f.name.startswith(f"{repetition}.")]
        assert set().union(*(numbers(f.test) for f in folds)) == DISFA
        assert [(len(f.train), len(f.valid), len(f.test)) for f in folds] == [(12, 6, 9)] * 3
        splits.add(frozenset(f.test for f in folds))
    assert len(splits) == 10


def test_disfa_repeated_is_the_same_in_every_process() -> None:
    code = "from aubench_protocols.disfa_repeated import disfa_repeated; print(disfa_repeated.hash)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == protocol("disfa-repeated").hash


def test_fera2015_trains_on_odd_ids_and_tests_on_even_ones() -> None:
    p = protocol("fera2015")
    (fold,) = p.folds
    odd = {person for person in BP4D if int(person[1:]) % 2}
    assert people((*fold.train, *fold.valid)) == odd
    assert people(fold.test) == BP4D - odd
    assert (len(odd), len(BP4D - odd)) == (21, 20)
    assert "M008" in people(fold.test)
    assert {part.name: part.frames for part in p.parts} == {"train": 75_586, "development": 71_261}
    assert p.aus == (6, 10, 12, 14, 17)
    assert p.labels_public


def test_the_challenge_test_sets_have_no_public_labels() -> None:
    for name in ("fera2015-test", "fera2017-test", "fera2017-occ-test"):
        assert not protocol(name).labels_public
    assert protocol("fera2017-test").confidence == "L"


def test_bp4d3fold_has_the_parts_of_drml() -> None:
    p = protocol("bp4d3fold")
    assert {f.name: people(f.test) for f in p.folds} == {
        "P1": {f"F{n:03}" for n in (1, 2, 8, 9, 10, 16, 18, 23)}
        | {f"M{n:03}" for n in (1, 4, 7, 8, 12, 14)},
        "P2": {f"F{n:03}" for n in (3, 5, 11, 13, 20, 22)}
        | {f"M{n:03}" for n in (2, 5, 10, 11, 13, 16, 17, 18)},
        "P3": {f"F{n:03}" for n in (4, 6, 7, 12, 14, 15, 17, 19, 21)}
        | {f"M{n:03}" for n in (3, 6, 9, 15)},
    }
    for fold in p.folds:
        assert people((*fold.train, *fold.valid, *fold.test)) == BP4D
    assert [part.frames for part in p.parts] == [50_631, 50_182, 46_034]
    assert sum(part.frames or 0 for part in p.parts) == 146_847 == 75_586 + 71_261
    assert p.aus == (1, 2, 4, 6, 7, 10, 12, 14, 15, 17, 23, 24)
    assert (p.task, p.threshold, p.rank_by) == ("occurrence", None, "f1")


@pytest.mark.parametrize(
    ("name", "aus"),
    [
        ("fera2017", (1, 4, 6, 10, 12, 14, 17)),
        ("fera2017-occ", (1, 4, 6, 7, 10, 12, 14, 15, 17, 23)),
    ],
)
def test_fera2017_keys_hold_the_partition_for_ids_collide(name: str, aus: tuple[int, ...]) -> None:
    p = protocol(name)
    (fold,) = p.folds
    assert {*fold.train, *fold.valid} == {f"fera2017/TR/{person}" for person in BP4D}
    assert fold.test == ("fera2017/VA/*",)
    assert p.aus == aus
    held = [*fold.train, *fold.valid, "fera2017/VA/F001", "fera2017/VA/M030", "fera2017/TE/F001"]
    bound = p.bound(held)
    assert bound.folds[0].test == ("fera2017/VA/F001", "fera2017/VA/M030")
    assert bound.folds[0].train == fold.train
    assert bound.hash == p.hash
    assert p.bound(fold.train).folds[0].test == fold.test


def test_cross_corpus_protocols_score_the_shared_aus_of_everybody() -> None:
    there, back = protocol("disfa-to-bp4d"), protocol("bp4d-to-disfa")
    assert there.aus == back.aus == (6, 12, 17)
    assert numbers((*there.folds[0].train, *there.folds[0].valid)) == DISFA
    assert people(there.folds[0].test) == BP4D
    assert people((*back.folds[0].train, *back.folds[0].valid)) == BP4D
    assert numbers(back.folds[0].test) == DISFA


@pytest.mark.parametrize(
    "name", ["disfa3fold-jaa", "disfa-arl", "disfa-loso", "fera2015", "bp4d3fold", "fera2017"]
)
def test_unpublished_validation_subjects_are_every_fourth_of_the_sorted_training(name: str) -> None:
    for fold in protocol(name).folds:
        assert list(fold.valid) == sorted((*fold.train, *fold.valid))[3::4]


def test_an_incomplete_partition_is_refused() -> None:
    p = protocol("fera2015")
    (fold,) = p.folds
    without = tuple(s for s in fold.test if s != "bp4d/M008")
    with pytest.raises(AubenchError, match="no role for bp4d/M008"):
        replace(p, folds=(replace(fold, test=without),))
    with pytest.raises(AubenchError, match="19 of 20 subjects"):
        SubjectSet(name="development", subjects=without, people=20)


def test_a_subject_in_two_roles_or_tested_twice_is_refused() -> None:
    with pytest.raises(AubenchError, match="both train and test"):
        Fold(name="0", train=("disfa/SN001",), valid=(), test=("disfa/SN001",))
    p = protocol("disfa3fold")
    with pytest.raises(AubenchError, match="tested in more than one fold"):
        replace(p, folds=(*p.folds, p.folds[0]))


# A pack against a protocol, on frames with the corpora's real numbers of rows.


def rows(counts: dict[str, int]) -> pd.DataFrame:
    table = pd.concat(
        [
            pd.DataFrame({"subject": subject, "frame": range(1, count + 1)})
            for subject, count in counts.items()
        ],
        ignore_index=True,
    )
    return table.assign(session="left", view=0, logged=False, tracked=True)


@pytest.fixture(scope="module")
def disfa() -> pd.DataFrame:
    index = rows({f"disfa/SN{n:03}": 4844 if n == 10 else 4845 for n in sorted(DISFA)})
    for subject, ranges in ERROR_LOG.items():
        for first, last in ranges:
            there = (index["subject"] == f"disfa/{subject}") & index["frame"].between(first, last)
            index.loc[there, "logged"] = True
    return index


@pytest.fixture(scope="module")
def bp4d() -> pd.DataFrame:
    """Each part with its official number of frames, which also gives those of FERA 2015."""
    counts: dict[str, int] = {}
    for part in protocol("bp4d3fold").parts:
        assert part.frames is not None
        base, rest = divmod(part.frames, part.people)
        counts |= {s: base + (i < rest) for i, s in enumerate(part.subjects)}
    excess = sum(n for s, n in counts.items() if int(s[-1]) % 2) - 75_586
    counts["bp4d/F001"] -= excess  # within P1, from an odd id to an even one
    counts["bp4d/F002"] += excess
    return rows(counts)


def check(name: str, index: pd.DataFrame, synthetic: bool = False) -> tuple[str, str]:
    p = protocol(name).bound(index["subject"].unique())
    status, problems = check_pack(p, index, p.aus, synthetic)
    return status, "\n".join(problems)


@pytest.mark.parametrize(
    "name",
    ["disfa3fold", "disfa3fold-jaa", "disfa3fold-occ", "disfa-arl", "disfa-loso", "disfa-repeated"],
)
def test_a_whole_disfa_is_official(name: str, disfa: pd.DataFrame) -> None:
    assert check(name, disfa) == ("official", "")


@pytest.mark.parametrize("name", ["fera2015", "bp4d3fold"])
def test_a_whole_bp4d_is_official(name: str, bp4d: pd.DataFrame) -> None:
    assert check(name, bp4d) == ("official", "")


def test_two_whole_corpora_are_official(disfa: pd.DataFrame, bp4d: pd.DataFrame) -> None:
    both = pd.concat([disfa, bp4d], ignore_index=True)
    assert check("disfa-to-bp4d", both) == ("official", "")
    assert check("bp4d-to-disfa", both) == ("official", "")


def test_what_is_missing_is_named_and_makes_it_partial(disfa: pd.DataFrame) -> None:
    status, problems = check("disfa3fold", disfa[disfa["subject"] != "disfa/SN002"])
    assert status == "partial"
    assert problems == "1 of 27 subjects missing: disfa/SN002"

    status, problems = check("disfa3fold", disfa.drop(index=7))
    assert status == "partial"
    assert "disfa/SN001 4,844, not 4,845" in problems

    status, problems = check("disfa3fold", disfa[~disfa["logged"]])
    assert status == "partial"
    assert "13 subjects with a wrong number of frames" in problems

    p = protocol("disfa3fold")
    status, found = check_pack(p, disfa, p.aus[1:], synthetic=False)
    assert (status, found) == ("partial", ("no labels for AU01",))


def test_a_part_of_bp4d_with_too_few_frames_is_named(bp4d: pd.DataFrame) -> None:
    assert check("fera2015", bp4d.iloc[1:]) == (
        "partial",
        "part train has 75,585 frames, not 75,586",
    )
    assert "part P1 has 50,630 frames, not 50,631" in check("bp4d3fold", bp4d.iloc[1:])[1]


def test_a_synthetic_pack_is_synthetic_even_when_whole(disfa: pd.DataFrame) -> None:
    assert check("disfa3fold", disfa, synthetic=True)[0] == "synthetic"


def test_an_unconfirmed_protocol_is_never_official() -> None:
    counts = {f"fera2017/TR/{person}": 9 for person in sorted(BP4D)}
    counts |= {f"fera2017/VA/F{n:03}": 9 for n in range(20)}
    assert check("fera2017", rows(counts)) == ("official", "")
    counts |= {f"fera2017/TE/F{n:03}": 9 for n in range(30)}
    status, problems = check("fera2017-test", rows(counts))
    assert status == "partial"
    assert "unconfirmed" in problems


def test_a_partition_without_everybody_is_partial() -> None:
    counts = {f"fera2017/TR/{person}": 9 for person in sorted(BP4D)}
    assert "fera2017/VA/*" in check("fera2017", rows(counts))[1]
    status, problems = check("fera2017", rows(counts | {"fera2017/VA/F001": 9}))
    assert status == "partial"
    assert "part validation has 1 subjects, not 20" in problems


def test_protocols_import_without_numpy(tmp_path: Path) -> None:
    code = (
        "import sys; from aubench_protocols import cross, disfa_jaa, fera2017, papers;"
        "print(sorted({'numpy', 'pandas', 'torch'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
