"""Rows and tables that papers print."""
