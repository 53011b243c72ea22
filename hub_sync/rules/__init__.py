"""Pure decisions that both sides call."""
