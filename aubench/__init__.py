"""aubench: the benchmark harness for facial Action Unit intensity estimation."""

__version__ = "0.1.0"
