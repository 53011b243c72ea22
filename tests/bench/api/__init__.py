"""The calls that the benchmark of the REST API makes, and the bare server beside it."""
