"""Figures: of what the harness does to pictures, and of studies of runs."""
