"""The gate operator's screen."""
