"""Commands about results: table, score, compare, verify, schema."""
