"""What BP4D's people show: eight tasks that were made to move them, so much more than a film."""

from __future__ import annotations

from aubench.synthetic.dynamics import Display

DISPLAYS = (
    Display(
        {12: (1.0, 1.0), 6: (0.9, 0.95), 7: (0.8, 0.75), 10: (0.8, 0.9), 14: (0.4, 0.3),
         25: (0.8, 0.8), 26: (0.5, 0.4)}, 16, 6.0,
    ),
    Display({10: (0.8, 1.0), 7: (0.7, 0.7), 6: (0.6, 0.5), 25: (0.5, 0.5)}, 7, 4.0),
    Display({14: (1.0, 1.0), 12: (0.5, 0.5), 7: (0.6, 0.4)}, 14, 5.0),
    Display({17: (1.0, 1.0), 14: (0.6, 0.6), 24: (0.7, 0.5), 15: (0.6, 0.3)}, 9, 4.0),
    Display({17: (0.9, 1.0), 23: (1.0, 0.9)}, 7, 3.5),
    Display({24: (1.0, 1.0), 23: (0.4, 0.2), 14: (0.5, 0.4)}, 4, 3.0),
    Display({15: (1.0, 1.0), 17: (0.9, 0.8), 1: (0.6, 0.3), 4: (0.6, 0.4)}, 6, 3.5),
    Display({1: (1.0, 1.0), 2: (1.0, 0.9), 25: (0.7, 0.5), 5: (0.7, 0.2)}, 10, 3.0),
    Display({4: (1.0, 1.0), 7: (0.8, 0.7)}, 7, 4.0),
    Display({4: (0.9, 1.0), 9: (0.9, 0.4), 10: (0.9, 0.9), 6: (0.5, 0.5), 7: (0.7, 0.8)}, 4, 3.5),
    Display({1: (0.8, 1.0), 4: (0.8, 0.9), 20: (0.7, 0.3), 25: (0.5, 0.5)}, 3, 3.0),
)  # fmt: skip
"""Events of a recording, as in `aubench.synthetic.dynamics`. They make AUs 6, 7, 10, 12 and
14 present in about half of the frames and the others in a seventh to a third, as papers report of
BP4D."""
