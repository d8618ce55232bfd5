"""The fingerprints of published twins: a twin of these options has this one on every processor."""

from __future__ import annotations

FINGERPRINTS: dict[tuple[int, str, int, int, int], str] = {
    (5, "alignment", 128, 6000, 0): "dc89357e22ed6013",
    (5, "disfa", 128, 40, 0): "758d7946dd87f3e9",
}
"""Version of the generator, corpus, size, frames and seed (see `TwinOptions`) → of the pack."""
