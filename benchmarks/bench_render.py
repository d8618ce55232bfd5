"""Frames a second on one core: ``python benchmarks/bench_render.py [SIZE]``.

Each frame of a recording is made whole: expression, furrows, pose, visibility, shading, noise and
the 68 landmarks. The clock counts processor time, so that other work on the machine counts less.
The target is 100 frames a second at 256×256.
"""

import sys
import time

import numpy as np

from aubench.synthetic.corpora.disfa_tree import DisfaTree
from aubench.synthetic.dynamics import FRAMES, perform
from aubench.synthetic.face.identity import draw_person
from aubench.synthetic.face.model import build
from aubench.synthetic.scene import Scene

PEOPLE, EACH = 6, 120


def main(size: int = 256) -> None:
    seconds = []
    for seed in range(PEOPLE + 1):
        view = DisfaTree(width=size, height=size).view(seed, 0.0)
        scene, performance = Scene(build(draw_person(seed)), view), perform(seed)
        moments = [performance.moment(t) for t in range(0, FRAMES, FRAMES // EACH)]
        scene.draw(moments[0])
        start = time.process_time()
        for moment in moments:
            scene.draw(moment)
        seconds.append((time.process_time() - start) / len(moments))
    rates = 1 / np.array(seconds[1:])  # the first person warms up
    print(
        f"{size}×{size}: {len(rates) / (1 / rates).sum():.0f} frames/s/core "
        f"(people from {rates.min():.0f} to {rates.max():.0f})"
    )


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
