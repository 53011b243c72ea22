"""Phone numbers without a country code: they are likely of the country of the event, which its time zone tells."""

from functools import cache
from importlib.resources import files

import phonenumbers
from phonenumbers.phonemetadata import PhoneMetadata

from hub_sync.rules.text_normalization import ascii_digits


@cache
def region_of_zone(zone: str) -> str:
    """Return the ISO 3166 code of the country of an IANA time zone, or "" if it has none, or none with phone numbers.

    >>> region_of_zone("Europe/Berlin"), region_of_zone("UTC")
    ('DE', '')
    >>> region_of_zone("Antarctica/Troll")
    ''
    """
    region = _zones().get(zone, "")
    return region if region in phonenumbers.SUPPORTED_REGIONS else ""


@cache
def _zones() -> dict[str, str]:
    table = files("tzdata").joinpath("zoneinfo", "zone.tab").read_text("utf-8")
    rows = (line.split("\t") for line in table.splitlines() if line and not line.startswith("#"))
    return {row[2].strip(): row[0] for row in rows}


@cache
def regions() -> tuple[str, ...]:
    """Return the countries that have phone numbers, by their codes."""
    return tuple(sorted(phonenumbers.SUPPORTED_REGIONS))


def country_code(region: str) -> int:
    """Return the country's calling code, 49 for DE."""
    code: int = phonenumbers.country_code_for_region(region)
    return code


def international(text: str, region: str) -> str | None:
    """Return a number as it is written, with the country's code if it has none; None if it can't be dialled.

    >>> international("030 5550-123", "DE"), international("+44 20 7946 0018", "DE")
    ('+49 30 5550-123', '+44 20 7946 0018')
    >>> international("12", "DE"), international("030 1", "DE")
    (None, None)
    """
    if not region or not text:
        return text
    rules = _national_rules(region)
    if rules is not None and not text.startswith(("+", "00", "(+")):
        # Twenty times as fast as the library, for the countries whose numbers begin with one prefix and nothing else.
        prefix, code, lengths = rules
        digits = "".join(filter(str.isdigit, ascii_digits(text)))
        if text.startswith(prefix) and len(digits) - len(prefix) in lengths:
            return f"+{code} {text[len(prefix) :].lstrip(' /-')}"
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number):
        return None
    if text.lstrip().startswith(("+", "00", "(+")):
        return text
    # A short number, such as 12, would be another one with the country's code.
    return _formatted(number) if phonenumbers.is_valid_number(number) else None


def _formatted(number: phonenumbers.PhoneNumber) -> str:
    formatted: str = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL)
    return formatted


@cache
def _national_rules(region: str) -> tuple[str, int, frozenset[int]] | None:
    """Return prefix, country code and lengths of a country's numbers; None if its numbers follow other rules."""
    data = PhoneMetadata.metadata_for_region(region)
    if data is None or data.national_prefix != "0" or data.national_prefix_for_parsing != "0":
        return None
    if data.general_desc is None or not data.country_code:
        return None
    return "0", data.country_code, frozenset(data.general_desc.possible_length)
