"""The station's languages. Their texts are gettext catalogues (.po), which `catalogue` reads."""

LANGUAGES: tuple[str, ...] = ("en", "de", "ar")
"""In the order in which the language key goes through them."""
