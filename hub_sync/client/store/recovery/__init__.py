"""Opening of a store, and its recovery from everything that can still be read."""
