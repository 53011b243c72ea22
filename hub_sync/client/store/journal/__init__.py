"""The scans of this station: the journal, what of it is unsent, and the presence that follows from it."""
