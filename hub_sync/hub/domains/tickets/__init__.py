"""Tickets: the code of a participant as text, as an image and as a page to print. There are no tables."""

PUBLIC = ("bulk_files", "bulk_selection", "mail_files", "ticket_languages")
"""What bulk operations and messages use: the selection by the list's filters, and the files of tickets."""
