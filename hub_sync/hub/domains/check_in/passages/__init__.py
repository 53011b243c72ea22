"""Passages: what became of admissions at turnstiles."""
