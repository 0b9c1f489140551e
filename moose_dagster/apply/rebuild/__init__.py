"""Rebuild a table while it is read and written, so that every acknowledged row is kept."""
