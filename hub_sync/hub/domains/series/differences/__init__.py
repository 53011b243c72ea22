"""The differences between two events, such as an edition and the one before, by what their domains declare about clones."""
