"""Sign-in: passwords, second factor, sessions, links, throttling."""
