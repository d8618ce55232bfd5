"""What DISFA is known to hold, against numbers that papers print."""

from aubench.corpora.disfa import facts

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
