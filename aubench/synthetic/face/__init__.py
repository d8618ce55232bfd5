"""A made-up head: its shape, its skin, its hair, and how Action Units move it."""
