"""Pictures and videos: reading whole files, parts of frames, and sequences."""
