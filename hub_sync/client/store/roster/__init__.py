"""The roster as the hub last sent it, in a file of its own."""
