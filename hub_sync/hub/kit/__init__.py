"""The parts of the hub that belong to no domain."""
