"""The engine: what an execution does next, and the rows that it is stored in."""
