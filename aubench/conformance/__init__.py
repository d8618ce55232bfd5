"""The conformance suite: checks, on a few faces, what the harness relies on in a method."""

from aubench.conformance.behaviour import check_behaviour
from aubench.conformance.declaration import answers, check_class, check_declaration
from aubench.conformance.finding import Finding, examine
from aubench.conformance.sample import AUS, Sample, draw_sample

__all__ = [
    "AUS",
    "Finding",
    "Sample",
    "answers",
    "check_behaviour",
    "check_class",
    "check_declaration",
    "draw_sample",
    "examine",
]
