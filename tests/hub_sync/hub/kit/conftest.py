"""Callers of the REST API."""

from tests.support.rest_client import caller, cheap_bcrypt, make_events, rest, stranger

__all__ = ["caller", "cheap_bcrypt", "make_events", "rest", "stranger"]
