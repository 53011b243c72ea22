"""The audit log: actors, actions and changed values."""
