"""DISFA: 27 people watching films."""
