"""One act upon many participants."""

PUBLIC = ("form_selection",)
"""What broadcasts use: the selection by the list of participants."""
