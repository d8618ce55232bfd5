"""Metrics: moments, the scores that are functions of them, intervals, comparisons.

Importing it loads numpy and nothing heavier.
"""

from aubench.metrics.moments import Moments, grouped, moments
from aubench.metrics.scores import METRICS, Metric, icc31, mean_icc, metrics_for

__all__ = ["METRICS", "Metric", "Moments", "grouped", "icc31", "mean_icc", "metrics_for", "moments"]
