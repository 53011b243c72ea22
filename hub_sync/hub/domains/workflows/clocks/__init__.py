"""SLA clocks: the deadlines of tasks and joins."""
