"""Importers: the prediction files of other tools, aligned to a protocol's frames by key."""
