"""Actions of bulk operations upon each of their items."""
