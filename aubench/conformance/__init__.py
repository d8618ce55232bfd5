"""The conformance suite: checks, on a few faces, what the harness relies on in a method."""

from aubench.conformance.behaviour import check_behaviour
from aubench.conformance.declaration import check_declaration
from aubench.conformance.finding import Finding
from aubench.conformance.sample import AUS, Sample, draw_sample

__all__ = ["AUS", "Finding", "Sample", "check_behaviour", "check_declaration", "draw_sample"]
