"""Runs that nobody trained, for tests of what comes after a run."""
