"""Studies: what is done with finished runs, or with many of them, and drawn."""
