"""What a complete FERA 2017 holds, for ``aubench check-corpus``."""

from __future__ import annotations

from collections.abc import Iterator

from aubench.corpora.bp4d.facts import TASKS
from aubench.corpora.fera2017 import facts
from aubench.corpora.fera2017.reader import Fera2017
from aubench.corpora.survey.finding import Notebook
from aubench.corpora.survey.recorded_corpus import RecordedSurveyor
from aubench.errors import AubenchError


class Fera2017Surveyor(RecordedSurveyor):
    """Surveys FERA 2017, of which views and numbers of people are known, but not every name."""

    corpus: Fera2017

    def layout(self, notebook: Notebook) -> tuple[str, ...]:
        """See `Surveyor.layout`; notes what is not there as well."""
        keys = super().layout(notebook)
        for what in self._lacking() if keys else ():
            mend = "copy it from the original"
            notebook.gap(AubenchError(f"{what} not there", mend=mend, path=self.corpus.source))
        return keys

    def _lacking(self) -> Iterator[str]:
        """Yield missing views, missing people, and missing tasks of the people of BP4D."""
        files = self.corpus.files
        people = sorted({person for person, _ in files.recordings})
        for view in facts.VIEWS:
            if view not in files.views:
                yield f"view {view} is"
        for part, number in facts.PEOPLE.items():
            there = [person for person in people if person.startswith(f"{part}/")]
            if len(there) < number:
                lacking, partition = number - len(there), f"the {facts.PARTITIONS[part]} partition"
                yield f"{lacking} of {number} people of {partition} are"
        for person in people:
            tasks = [task for task in TASKS if (person, task) not in files.recordings]
            if person.startswith("TR/") and tasks:
                yield f"{', '.join(tasks)} of {person} are"
