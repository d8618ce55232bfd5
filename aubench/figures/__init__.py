"""Pictures that show what the harness does to pictures."""
