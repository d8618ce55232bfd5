"""The survey of a corpus: every subject, then comparisons between subjects."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from aubench.corpora.corpus import Corpus
from aubench.corpora.survey.finding import WEIGHTS, Finding, Notebook
from aubench.corpora.survey.recording import Expected
from aubench.corpora.survey.subject import Depth, SubjectSurvey, survey_subject, tallies
from aubench.corpora.survey.surveyor import surveyor_of
from aubench.corpora.survey.suspicion import MEANING, Suspicion
from aubench.corpora.survey.tally import Tally
from aubench.corpora.survey.tiles import Tile
from aubench.errors import AubenchError
from aubench.workers import worker_pool


@dataclass(frozen=True)
class Survey:
    """What a copy of a corpus holds, and what it should hold.

    Attributes:
        corpus: Its name.
        source: The folder.
        synthetic: Whether the tree says that it is synthetic.
        expected: What a whole copy holds.
        subjects: In the order of their keys.
        intensity: Labels of all subjects.
        occurrence: Labels of all subjects.
        findings: All, the gravest first, then by subject.
    """

    corpus: str
    source: str
    synthetic: bool
    expected: Expected
    subjects: tuple[SubjectSurvey, ...]
    intensity: Tally
    occurrence: Tally
    findings: tuple[Finding, ...]

    @property
    def usable(self) -> int:
        """How many subjects ``aubench prepare`` would accept."""
        if any(f.weight == "fault" and not f.subject for f in self.findings):
            return 0
        return sum(subject.usable for subject in self.subjects)

    @property
    def tiles(self) -> tuple[Tile, ...]:
        """Faces for a contact sheet: suspicious ones first, by kind of suspicion."""
        order: dict[Suspicion | None, int] = {kind: i for i, kind in enumerate([*MEANING, None])}
        tiles = (tile for subject in self.subjects for tile in subject.tiles)
        return tuple(sorted(tiles, key=lambda tile: order[tile.suspicion]))

    @property
    def status(self) -> int:
        """0 complete; 1 usable, but partial; 2 unusable."""
        if not self.usable:
            return 2
        return int(any(finding.weight != "doubt" for finding in self.findings))


def survey(
    corpus: Corpus,
    depth: Depth,
    *,
    workers: int = 1,
    progress: Callable[[int, int], object] | None = None,
) -> Survey:
    """Survey ``corpus``.

    Args:
        corpus: The reader.
        depth: How closely to look.
        workers: Processes; the survey does not depend on it.
        progress: Called with the number of finished subjects and of all.
    """
    surveyor, notebook = surveyor_of(corpus), Notebook()
    keys = surveyor.layout(notebook)
    intensity, occurrence = tallies(corpus)
    subjects: list[SubjectSurvey] = []
    progress = progress or (lambda *_: None)
    progress(0, len(keys))
    for subject in _each(partial(survey_subject, surveyor, depth=depth), keys, workers):
        subjects.append(subject)
        intensity += subject.intensity
        occurrence += subject.occurrence
        progress(len(subjects), len(keys))
    findings = [*notebook.findings, *(f for subject in subjects for f in subject.findings)]
    findings += _against(surveyor.expected, subjects, corpus) if keys else []
    findings += _copies(subjects)
    return Survey(
        corpus.name,
        str(corpus.source),
        corpus.synthetic,
        surveyor.expected,
        tuple(subjects),
        intensity,
        occurrence,
        tuple(sorted(findings, key=lambda f: (WEIGHTS.index(f.weight), f.subject))),
    )


def _against(
    expected: Expected, subjects: Sequence[SubjectSurvey], corpus: Corpus
) -> Iterator[Finding]:
    """Yield what is missing."""
    whole = Notebook()
    there = {subject.subject for subject in subjects}
    if lacking := [key for key in expected.subjects if key not in there]:
        names = ", ".join(key.partition("/")[2] for key in lacking)
        what = f"{len(lacking)} of {len(expected.subjects)} subjects are not there: {names}"
        whole.gap(AubenchError(what, mend="copy them from the original", path=corpus.source))
    for subject in subjects:
        notebook = Notebook(subject.subject)
        if expected.subjects and subject.subject not in expected.subjects:
            notebook.doubt(
                AubenchError(f"not a subject of {corpus.name}", mend="see where it comes from")
            )
        had = {(seen.session, seen.view) for seen in subject.recordings}
        if had and (lost := [each for each in expected.recordings if each not in had]):
            names = ", ".join(f"{s} view {v}" if v else s for s, v in lost)
            notebook.gap(AubenchError(f"no recording {names}", mend="copy it from the original"))
        rows = expected.rows.get(subject.subject)
        if rows is not None and subject.rows not in (0, rows):
            what = f"{subject.rows:,} label rows, not {rows:,}"
            notebook.gap(AubenchError(what, mend="put back the label files of the release"))
        yield from notebook.findings
    counted = sum(subject.rows for subject in subjects)
    if expected.total not in (None, counted) and not expected.rows:
        what = f"{counted:,} label rows, not {expected.total:,}"
        mend = "compare the counts of the subjects with another copy"
        whole.gap(AubenchError(what, mend=mend, path=corpus.source))
    yield from whole.findings


def _copies(subjects: Sequence[SubjectSurvey]) -> Iterator[Finding]:
    """Yield labels or landmarks that equal those of another recording to the last digit."""
    first: dict[tuple[str, str], tuple[str, str]] = {}
    for subject in subjects:
        notebook = Notebook(subject.subject)
        for seen in subject.recordings:
            for kind, mark in seen.marks.items():
                owner = first.setdefault((kind, mark), (subject.subject, seen.session))
                if owner != (subject.subject, seen.session):
                    what = f"the {kind} of {seen.session} are those of {' '.join(owner)}"
                    mend = "put back the corpus's own files of both"
                    notebook.doubt(AubenchError(what, mend=mend))
        yield from dict.fromkeys(notebook.findings)


def _each(
    work: Callable[[str], SubjectSurvey], keys: Sequence[str], workers: int
) -> Iterator[SubjectSurvey]:
    """Yield what ``work`` returns for every key, in order."""
    if workers <= 1 or len(keys) <= 1:
        yield from map(work, keys)
        return
    with worker_pool(min(workers, len(keys))) as pool:
        yield from pool.map(work, keys)
