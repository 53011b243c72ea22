"""What a bulk operation can do to each of its items."""
