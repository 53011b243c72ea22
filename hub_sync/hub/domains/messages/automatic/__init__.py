"""Automatic messages: what an event writes by itself when something happens, or some time before it starts."""
