"""BP4D and FERA 2015, its part of BP4D."""
