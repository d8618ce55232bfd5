"""A run: protocol × method → predictions → record."""
