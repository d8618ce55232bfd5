"""Geometry-guided representation learning (Fan & Lin, IJCAI 2020)."""
