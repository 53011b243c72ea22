"""Steps that a registration passes through."""
