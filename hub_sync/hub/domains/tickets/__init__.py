"""Tickets: the code of a participant as text, as an image and as a page to print. There are no tables."""

PUBLIC = ("bulk_files", "bulk_selection", "ticket_languages")
"""What bulk operations use: the selection by the list's filters, and the file of many tickets."""
