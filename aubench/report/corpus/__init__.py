"""The survey of a corpus as text and as a page."""
