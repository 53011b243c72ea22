"""Who gets the next free seat."""
