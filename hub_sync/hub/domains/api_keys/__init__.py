"""Keys of integrators."""
