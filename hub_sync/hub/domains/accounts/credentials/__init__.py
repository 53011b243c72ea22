"""Credentials of users: passwords, one-time links, sessions."""
