"""Pull: snapshots and deltas for stations."""
