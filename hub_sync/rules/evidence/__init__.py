"""Evidence of a journal: how it is written as a file, and how anybody verifies it."""
