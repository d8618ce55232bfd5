"""Reading and writing files: atomically, strictly, in folders."""
