"""Push: journal rows from stations."""
