"""Conflicts: one ticket admitted at two stations."""
