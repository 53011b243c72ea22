"""Queue tickets at the hub: their actions, numbers, calls, and what stations push."""
