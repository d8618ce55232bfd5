"""The pack: a corpus prepared once, for random access."""
