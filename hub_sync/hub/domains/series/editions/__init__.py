"""Series and their numbered editions: by hand, by a recurrence, and changed with a scope."""
