"""The parts of the turnstile benchmark: who comes when, a gate in a process of its own, the hour, and what must hold afterwards."""
