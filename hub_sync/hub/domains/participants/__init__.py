"""People who registered for an event."""
