"""The waitlist: who is offered a seat that is free, for how long, and what everybody else waits for."""
