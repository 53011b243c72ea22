"""Tickets: the code of a participant as text, as an image and as a page to print. There are no tables."""
