"""A survey of a corpus: what is there, what should be, and every mistake."""
