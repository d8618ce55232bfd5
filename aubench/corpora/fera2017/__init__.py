"""FERA 2017: BP4D's people in nine views."""
