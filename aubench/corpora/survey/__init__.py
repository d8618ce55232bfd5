"""A survey of a corpus: what is there against what should be, every mistake and not the first."""
