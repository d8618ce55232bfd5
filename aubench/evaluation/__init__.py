"""From predictions to a record: aligning, scoring, keeping, verifying."""
