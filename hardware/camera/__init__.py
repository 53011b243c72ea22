"""Latest-frame capture."""
