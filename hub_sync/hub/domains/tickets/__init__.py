"""Tickets: the sealed code of a participant, as text, as a picture and as a page to print. Has no tables of its own."""
