"""Each board's bytes over a pty, for tests and the demo."""
