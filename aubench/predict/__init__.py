"""Prediction on pictures and videos that belong to no corpus, with a trained run."""
