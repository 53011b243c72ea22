"""Normal forms of what identifies a person. Two spellings of one thing have one normal form; "" is no value at all.

Station and hub use these functions, and both hash what they return: a change of a result is a change of the hashes that
stations hold. They need no library that a station does not have.

    normal_name("Müller, Anna-Lena")       "anna lena muller": words in the order of the alphabet
    normal_email("Ada@EXAMPLE.org ")       "ada@example.org"
    normal_phone("0170 1234567", "DE")     "+491701234567"
"""

from functools import cache
from importlib.resources import files

from hub_sync.rules.matching.calling_codes import CALLING_CODES
from hub_sync.rules.text_normalization import ascii_digits, normalize_token, split_name, visible_text

_GMAIL = ("gmail.com", "googlemail.com")
_SHORTEST_PHONE, _LONGEST_PHONE = 4, 15
"""The digits of a number: an island's has four, E.164 allows 15 with the calling code."""
_LONGEST_NATIONAL = 11
"""A number of more digits begins with a calling code, or with what is dialled before one."""


# --- names ----------------------------------------------------------------------------------------


def name_words(text: str) -> tuple[str, ...]:
    """Return the words of a name as search folds them, in their order. Apostrophes and hyphens part words.

    >>> name_words("  Anna-Lena MÜLLER ")
    ('anna', 'lena', 'muller')
    """
    return tuple(split_name(text).split())


def normal_name(text: str) -> str:
    """Return a whole name without accents, case and punctuation, its words in the order of the alphabet.

    So "Last, First" is "First Last".

    >>> normal_name("Müller, Anna-Lena") == normal_name("anna lena mueller")
    True
    """
    return " ".join(sorted(name_words(text)))


def initials(text: str) -> str:
    """Return the first letters of a name's words, in the order of the alphabet.

    >>> initials("Müller, Anna-Lena")
    'alm'
    """
    return "".join(sorted(word[0] for word in name_words(text)))


# --- addresses ------------------------------------------------------------------------------------


def normal_email(text: str) -> str:
    """Return an e-mail address without case, its domain as `email_domain`; "" if it is none.

    Mail servers compare local parts without case, though RFC 5321 lets them not. A tag (`ada+news@`) stays: see
    `mailbox`.

    >>> normal_email(" Ada.L@Bücher.Example. "), normal_email("nobody")
    ('ada.l@xn--bcher-kva.example', '')
    """
    local, at, host = visible_text(text).rpartition("@")
    domain = email_domain(host)
    return f"{local.strip().casefold()}@{domain}" if at and local.strip() and domain else ""


def mailbox(text: str) -> str:
    """Return the mailbox that an address leads to: without a tag, and without the dots that Gmail ignores.

    >>> mailbox("Ada.L+news@googlemail.com"), mailbox("ada+x@example.org")
    ('adal@gmail.com', 'ada@example.org')
    """
    local, _, domain = normal_email(text).rpartition("@")
    if not local:
        return ""
    bare = local.partition("+")[0] or local
    if domain in _GMAIL:
        return f"{bare.replace('.', '')}@{_GMAIL[0]}"
    return f"{bare}@{domain}"


def email_domain(text: str) -> str:
    """Return the domain of an address, or of "@example.org" or "example.org", in ASCII (RFC 5890) and small letters.

    >>> email_domain("ada@Bücher.example"), email_domain("@EXAMPLE.org."), email_domain("nobody")
    ('xn--bcher-kva.example', 'example.org', '')
    """
    domain = visible_text(text).rpartition("@")[2].strip().rstrip(".\u3002").casefold()
    if "." not in domain.replace("\u3002", ".") or " " in domain:
        return ""
    try:
        return domain if domain.isascii() else domain.encode("idna").decode("ascii")
    except UnicodeError:  # a label of more than 63 characters, or an empty one
        return domain


# --- phone numbers --------------------------------------------------------------------------------


def normal_phone(text: str, region: str = "") -> str:
    """Return a phone number in the form of E.164, `+491701234567`; "" if it is none.

    A number without a calling code is one of the `region`. Where the region is unknown, it stays a national number: its
    digits without "+", which equal no number of another form.

    Args:
        text: as somebody typed it, with an extension or not.
        region: the country (ISO 3166, "DE") of numbers without a calling code; "": unknown.

    >>> normal_phone("0170 / 123 45 67", "DE"), normal_phone("+49 (0)170-1234567"), normal_phone("0170 1234567")
    ('+491701234567', '+491701234567', '01701234567')
    """
    typed = ascii_digits(visible_text(text)).casefold().replace("\uff0b", "+")
    typed = typed.removeprefix("tel:").split("ext")[0].split("#")[0].split(";")[0].split("x")[0].strip()
    is_international = typed.lstrip("( ").startswith("+")
    digits = "".join(each for each in typed.replace("(0)", "" if is_international else "0") if each.isdigit())
    code, trunk = CALLING_CODES.get(region.upper(), ("", ""))
    if not is_international and len(digits) > _LONGEST_NATIONAL:
        exit_code = "011" if code == "1" and digits.startswith("011") else "00"
        is_international = digits.startswith(exit_code)
        digits = digits.removeprefix(exit_code)
    if not _SHORTEST_PHONE <= len(digits) <= _LONGEST_PHONE or not digits.strip("0"):
        return ""
    if is_international or not code:
        return f"+{digits}" if is_international else digits
    if (
        digits.startswith(code)
        and not (trunk and digits.startswith(trunk))
        and len(digits) >= _LONGEST_NATIONAL
    ):
        return f"+{digits}"  # the calling code without its plus, as spreadsheets leave it
    return f"+{code}{digits.removeprefix(trunk)}"


@cache
def region_of_time_zone(name: str) -> str:
    """Return the country of a time zone, for `normal_phone`; "" for one that is no country's or several countries'.

    >>> region_of_time_zone("Europe/Berlin"), region_of_time_zone("UTC")
    ('DE', '')
    """
    for line in files("tzdata").joinpath("zoneinfo", "zone.tab").read_text("utf-8").splitlines():
        if not line.startswith("#") and line.split("\t")[2] == name:
            return line.split("\t")[0]
    return ""


# --- documents ------------------------------------------------------------------------------------


def normal_document(text: str) -> str:
    """Return the number of a passport or an identity card: capital letters and digits. No letter becomes another one.

    >>> normal_document("c01x-00t 47")
    'C01X00T47'
    """
    return normalize_token(text)
