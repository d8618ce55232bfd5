"""Robustness to badly found landmarks (Sánchez-Lozano et al. 2018, Fig. 4).

Gaussian noise is added to the landmarks of every test frame before it is cropped. The run's own
predictors predict the new crops, and the predictions are scored as by `aubench score`. Without
noise the result is the run's own score.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

import pandas as pd

from aubench.crops.crop import make_crop
from aubench.evaluation.predictions import prediction_table
from aubench.evaluation.records import Score
from aubench.evaluation.scoring import score
from aubench.experiment.fold import refuse_leak
from aubench.figures.study.picture_source import PictureSource
from aubench.figures.study.recrop import recropped
from aubench.figures.study.tested_run import TestedRun
from aubench.frames import Frames
from aubench.predict.trained import Trained, open_run
from aubench.protocol import Fold, select_rows


def noise_scores(
    tested: TestedRun,
    source: PictureSource,
    levels: Sequence[float],
    *,
    seed: int,
    device: str,
    advance: Callable[[int], None] = lambda _: None,
) -> dict[float, Mapping[str, Score]]:
    """Scores of a run at each level of noise.

    Args:
        tested: The run.
        source: Pictures to crop from. Level 0 is the pack as it is.
        levels: Standard deviations, pixels of a crop of 256×256.
        seed: Of the noise.
        device: A torch device.
        advance: Called with the number of pictures predicted since the last call.

    Returns:
        Level → metric → score of the raw predictions.

    Raises:
        AubenchError: If the run has no checkpoints.
    """
    tables: dict[float, list[pd.DataFrame]] = {level: [] for level in levels}
    for fold in tested.protocol.folds:
        trained = open_run(tested.folder, fold.name, device)
        refuse_leak(trained.predictors[0], fold)
        for level, table in _fold(tested, fold, trained, source=source, levels=levels, seed=seed):
            tables[level].append(table)
            advance(len(table))
    coding = tested.protocol.coding
    labels, aus = tested.pack.labels(coding), tested.pack.aus(coding)
    return {
        level: score(
            pd.concat(parts, ignore_index=True), tested.pack.index, labels, aus, tested.protocol
        ).scores["raw"]
        for level, parts in tables.items()
    }


def _fold(
    tested: TestedRun,
    fold: Fold,
    trained: Trained,
    *,
    source: PictureSource,
    levels: Sequence[float],
    seed: int,
) -> Iterator[tuple[float, pd.DataFrame]]:
    """Yield levels with predictions, some frames at a time."""
    manifest = tested.pack.manifest
    recipe, size = make_crop(manifest.recipe), manifest.size
    rows = select_rows(tested.pack.index, fold.test, tested.protocol)

    def predicted(frames: Frames) -> pd.DataFrame:
        values = trained.values(frames)
        return prediction_table(frames.keys, values, tested.record.aus, fold.name)

    if 0 in levels:
        yield 0.0, predicted(tested.pack.frames(rows))
    noisy = [level for level in levels if level]
    for faces in source.faces(rows) if noisy else ():
        for level in noisy:
            yield (
                level,
                predicted(recropped(faces, level, seed, recipe, size, sampling=manifest.sampling)),
            )
