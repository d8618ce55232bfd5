"""Report: tables and plots drawn from records and published rows."""
