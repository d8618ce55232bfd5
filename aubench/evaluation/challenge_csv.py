"""Predictions as one CSV file per video, for test sets whose labels are not public."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from aubench.io.atomic import atomic


def write_submission(folder: Path, predictions: pd.DataFrame) -> int:
    """Write one CSV file per video: ``frame`` and one column per AU, six decimals, in frame order.

    No source that we have describes the form that the owners of the FERA test sets ask for, so
    this is the plainest: ``TE-F001_T1.csv``, or ``TE-F001_T1_6.csv`` where there are views.

    Args:
        folder: Made if it is not there.
        predictions: A table of `aubench.evaluation.predictions.prediction_table`'s form.

    Returns:
        The number of files.
    """
    folder.mkdir(parents=True, exist_ok=True)
    columns = ["frame", *(name for name in predictions.columns if name.startswith("AU"))]
    videos = predictions.groupby(["subject", "session", "view"], observed=True, sort=True)
    for (subject, session, view), rows in videos:
        person = str(subject).partition("/")[2].replace("/", "-")
        name = f"{person}_{str(session).replace('/', '-')}" + (f"_{view}" if view else "")
        with atomic(folder / f"{name}.csv") as temporary:
            rows[columns].sort_values("frame").to_csv(temporary, index=False, float_format="%.6f")
    return len(videos)
