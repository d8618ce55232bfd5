"""Readers of corpora as laboratories hold them, of their landmarks, and the survey of a copy."""
