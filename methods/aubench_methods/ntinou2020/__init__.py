"""The transfer of a face-alignment network to Action Units (Ntinou et al. 2020)."""
