"""Imports: files of participants that are read, mapped, previewed, mended and then run as a bulk operation."""
