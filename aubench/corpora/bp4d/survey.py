"""What a complete BP4D holds, for ``aubench check-corpus``."""

from __future__ import annotations

from aubench.corpora.bp4d import facts
from aubench.corpora.survey.recorded_corpus import RecordedSurveyor
from aubench.corpora.survey.recording import Expected


class Bp4dSurveyor(RecordedSurveyor):
    """Surveys BP4D; FERA 2015 has the same people and frames."""

    @property
    def expected(self) -> Expected:
        """41 subjects in eight tasks each, 146,847 coded frames."""
        return Expected(
            subjects=tuple(f"{self.corpus.name}/{person}" for person in facts.SUBJECTS),
            recordings=tuple((task, 0) for task in facts.TASKS),
            total=facts.FRAMES,
        )
