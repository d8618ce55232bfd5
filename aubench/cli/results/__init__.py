"""Commands about results: score, compare, verify, table."""
