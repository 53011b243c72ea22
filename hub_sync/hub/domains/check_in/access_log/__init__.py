"""The access log: append, read, export."""
