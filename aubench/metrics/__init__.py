"""Metrics: moments, the scores that are functions of them, intervals, comparisons."""
