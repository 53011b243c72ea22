"""The hub's half of the sync with stations."""
