"""Events that come again, and cloning."""
