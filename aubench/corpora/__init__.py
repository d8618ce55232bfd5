"""Corpora: readers of what laboratories hold, crops, the pack, the synthetic faces."""
