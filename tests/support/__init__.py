"""What tests share: small corpora, packs, methods and records, made on the spot."""
