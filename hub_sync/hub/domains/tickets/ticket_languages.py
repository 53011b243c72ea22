"""The languages of tickets to print."""

from enum import StrEnum
from functools import cache

from hub_sync.hub.console.i18n.translation import Speech, read_catalogue


class TicketLanguage(StrEnum):
    """The languages of a ticket's page."""

    ENGLISH = "en"
    GERMAN = "de"
    ARABIC = "ar"


@cache
def speech_of(language: TicketLanguage) -> Speech:
    """Return the language for `render_tickets`."""
    return Speech(language.value, read_catalogue(language.value))
