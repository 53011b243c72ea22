"""ASGI middleware: access log, metrics, request bodies."""
