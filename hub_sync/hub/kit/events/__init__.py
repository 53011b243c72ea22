"""Domain events, change feed, notifier, background jobs."""
