"""Reports of a survey of a corpus: text for a terminal, and an HTML page."""
