"""Marking texts for translation, below the console: labels and error sentences are declared here and shown there."""


def N_(message: str) -> str:  # noqa: N802 - gettext's own name, by which messages are extracted
    """Mark a message for the catalogues and return it unchanged; it is translated where it is shown."""
    return message
