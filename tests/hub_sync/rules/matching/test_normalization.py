"""Normal forms of what identifies a person."""

import phonenumbers
import pytest

from hub_sync.rules.matching.calling_codes import CALLING_CODES
from hub_sync.rules.matching.normalization import (
    email_domain,
    initials,
    mailbox,
    name_words,
    normal_document,
    normal_email,
    normal_name,
    normal_phone,
    region_of_time_zone,
)

_WITH_DIGITS_IN_THE_MIDDLE = {("AR", "+5491123456789")}
"""Argentina writes 15 after the area code of a mobile number, which no table of prefixes can find."""


@pytest.mark.parametrize(
    ("left", "other"),
    [
        ("Müller, Anna-Lena", "anna lena MUELLER"),
        ("Zoe\u0308 O\u2019Brien", "o'brien zoë"),
        ("Weiß Łukasz", "Lukasz Weiss"),
        ("\u200bAda  Lovelace", "Ada Lovelace"),
        ("محمّد علی", "محمد علي"),
    ],
)
def test_spellings_of_one_name_have_one_normal_form(left: str, other: str) -> None:
    assert normal_name(left) == normal_name(other) != ""


def test_other_names_have_other_normal_forms() -> None:
    assert (
        len({normal_name(each) for each in ("Li Wu", "Lu Wu", "Ann", "Anne", "Maria", "Maria Schmidt")}) == 6
    )


def test_nothing_has_no_normal_form() -> None:
    for empty in ("", "  ", "\u200b", "-", "."):
        assert normal_name(empty) == normal_phone(empty, "DE") == normal_email(empty) == initials(empty) == ""
        assert normal_document(empty) == email_domain(empty) == mailbox(empty) == ""
        assert name_words(empty) == ()


def test_case_and_form_of_an_address_count_nothing() -> None:
    assert normal_email("Ada@EXAMPLE.org") == normal_email(" ada@example.org. ") == "ada@example.org"
    assert normal_email("a@bücher.example") == normal_email("A@xn--bcher-kva.EXAMPLE")
    assert normal_email("ada+x@example.org") != normal_email("ada@example.org")
    assert normal_email("no address") == normal_email("@example.org") == normal_email("a@localhost") == ""


def test_tags_and_the_dots_of_gmail_lead_to_one_mailbox() -> None:
    assert mailbox("a.d.a+1@googlemail.com") == mailbox("ada@gmail.com")
    assert mailbox("a.da@example.org") != mailbox("ada@example.org")
    assert mailbox("+@example.org") == "+@example.org"


def test_a_domain_is_read_from_an_address_or_alone() -> None:
    assert email_domain("x@Example.ORG") == email_domain("@example.org") == email_domain("example.org.")
    assert email_domain(f"x@{'ä' * 70}.example") == f"{'ä' * 70}.example"


def test_a_national_number_is_completed_as_the_metadata_of_all_regions_says() -> None:
    forms = (phonenumbers.PhoneNumberFormat.NATIONAL, phonenumbers.PhoneNumberFormat.INTERNATIONAL)
    differing = set()
    for region in phonenumbers.SUPPORTED_REGIONS:
        for kind in (phonenumbers.PhoneNumberType.FIXED_LINE, phonenumbers.PhoneNumberType.MOBILE):
            example = phonenumbers.example_number_for_type(region, kind)
            if example is None:
                continue
            expected = phonenumbers.format_number(example, phonenumbers.PhoneNumberFormat.E164)
            for form in forms:
                if normal_phone(phonenumbers.format_number(example, form), region) != expected:
                    differing.add((region, expected))
    assert differing == _WITH_DIGITS_IN_THE_MIDDLE
    assert set(CALLING_CODES) == phonenumbers.SUPPORTED_REGIONS


@pytest.mark.parametrize(
    "typed",
    [
        "+49 170 1234567",
        "0049 170 1234567",
        "(0170) 123-45-67",
        "+49 (0) 170 1234567",
        "+49 (0)170/1234567",
        "\uff0b٤٩ ١٧٠ ١٢٣٤٥٦٧",
        "tel:+491701234567",
        "\u202a+49 170 1234567\u202c",
        "+49 170 1234567 ext. 12",
        "491701234567",
    ],
)
def test_a_number_in_germany_is_the_same_however_it_is_written(typed: str) -> None:
    assert normal_phone(typed, "DE") == "+491701234567"


def test_a_number_without_a_region_equals_none_with_a_calling_code() -> None:
    assert normal_phone("0170 1234567") == "01701234567"
    assert normal_phone("0170 1234567", "XX") == "01701234567"
    assert normal_phone("+39 02 1234567", "DE") == normal_phone("02 1234567", "it") == "+39021234567"
    assert normal_phone("011 49 170 1234567", "US") == "+491701234567"


def test_what_is_no_phone_number_has_no_normal_form() -> None:
    for typed in ("110", "none", "0000000", "-", "1234567890123456789"):
        assert normal_phone(typed, "DE") == "", typed


def test_a_time_zone_tells_the_region() -> None:
    assert region_of_time_zone("Africa/Cairo") == "EG"
    assert region_of_time_zone("UTC") == region_of_time_zone("Europe/Nowhere") == ""


def test_a_document_number_is_letters_and_digits() -> None:
    assert normal_document(" c01x-00t47 ") == normal_document("C01X 00T 47") == "C01X00T47"
    assert normal_document("O0") != normal_document("00")
