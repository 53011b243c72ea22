"""Callers of the REST API."""

from tests.support.rest_client import caller, make_events, rest, stranger

__all__ = ["caller", "make_events", "rest", "stranger"]
