"""Sign-in: second factor, throttling, known browsers, session activity."""
