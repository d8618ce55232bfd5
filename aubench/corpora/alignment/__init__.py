"""Face-alignment corpora: faces with 68 points and no AU labels."""
