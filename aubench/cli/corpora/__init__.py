"""Commands about corpora and packs."""
