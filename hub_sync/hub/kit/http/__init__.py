"""The REST surface: router, calls, problems, ETags, idempotency, server-sent events."""
