"""The face-alignment network: its weights and how they are made."""
