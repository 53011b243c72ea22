"""Map columns to fields."""
