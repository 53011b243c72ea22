"""Events: the gatherings that people register for."""

PUBLIC = ("calendar_entries", "choices")
