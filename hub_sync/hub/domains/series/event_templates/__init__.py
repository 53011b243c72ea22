"""Templates of events: patterns that never take place, and that nobody changes by accident."""
