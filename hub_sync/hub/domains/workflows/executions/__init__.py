"""Executions as people read them: lists, the state of one, and for whom it waits."""
