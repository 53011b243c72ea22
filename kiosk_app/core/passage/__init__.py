"""Passages through the turnstile: which turn belongs to which admission, and what is written about it."""
