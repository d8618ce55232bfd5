"""What can be said against a record: by itself, beside others, with predictions, with labels."""
