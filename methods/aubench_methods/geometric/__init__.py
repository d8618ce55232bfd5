"""A method that sees the landmarks of a face, and no picture."""
