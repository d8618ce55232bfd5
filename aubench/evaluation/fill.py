"""The fill: a stated value that counts where a tool predicted nothing, and where it may stand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from aubench.frames import FloatArray

if TYPE_CHECKING:  # table checks fills too, and does without pandas
    import pandas as pd

MOST_LOST = 0.1
"""The largest share of a person's test frames for which a fill may stand."""


def with_fill(values: FloatArray, expected: pd.DataFrame, fill: float) -> FloatArray:
    """(E, A) predictions in which ``fill`` stands where a tool lost a frame, or an AU in a frame.

    Losing a frame is no reason to leave it out, but frames that nobody tried to predict are. So
    these stay NaN: AUs that are nowhere predicted, recordings without any prediction, and what is
    lost of people of whom more than `MOST_LOST` of the frames are.

    Args:
        values: (E, A) predictions on the scale of the labels; NaN = nothing predicted.
        expected: E rows with the columns of `aubench.frames.KEY`.
        fill: On the scale of the labels.
    """
    empty = np.isnan(values)
    lost = empty & ~empty.all(axis=0)
    if not lost.any():
        return values
    frames = expected.assign(
        lost=np.asarray(lost.any(axis=1)), tried=np.asarray(~empty.all(axis=1))
    )
    share = frames.groupby("subject", observed=True)["lost"].transform("mean")
    tried = frames.groupby(["subject", "session", "view"], observed=True)["tried"].transform("any")
    allowed = ((share <= MOST_LOST) & tried).to_numpy()
    return np.where(lost & allowed[:, None], np.float32(fill), values)
