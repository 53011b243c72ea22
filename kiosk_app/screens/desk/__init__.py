"""The screen of a service desk: call the next one, serve them, and say what became of them."""
