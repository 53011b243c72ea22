"""Setting a station up: what its scanner types, and what its turnstile does."""
