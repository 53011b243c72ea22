"""The window, themes and fonts."""
