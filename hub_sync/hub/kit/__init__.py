"""What no domain owns."""
