"""Texts that people type or paste: cleaned, or refused with a reason."""

from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import BaseModel, TypeAdapter, ValidationError

from hub_sync.hub.app import create_app
from hub_sync.hub.kit.text_types import (
    Email,
    Label,
    NoteText,
    OptionalText,
    Phone,
    RequiredNoteText,
    ShortText,
    SingleLineText,
)

EMAIL, PHONE, LABEL, LINE = (TypeAdapter[str](kind) for kind in (Email, Phone, Label, SingleLineText))


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("\u202a+49 30 1234567\u202c", "+49 30 1234567"),
        ("+49\u00a030\u20091234\u20115678", "+49 30 1234-5678"),
        ("\u200e٠٥٠ ١٢٣ ٤٥٦٧", "050 123 4567"),
        ("＋８１（３）１２３４", "+81(3)1234"),
        ("۰۹۱۲\u200f\u00ad۳۴۵", "0912345"),
        (" 030 / 12.34 ", "030 / 12.34"),
        ("", ""),
    ],
)
def test_phones_are_stored_with_plain_digits_and_without_what_nobody_sees(typed: str, stored: str) -> None:
    assert PHONE.validate_python(typed) == stored


@pytest.mark.parametrize("typed", ["+49 30 x12", "call me", "1" * 65, "030;31"])
def test_a_phone_that_is_none_is_refused_with_what_would_be_right(typed: str) -> None:
    with pytest.raises(ValidationError, match=r"digits, spaces and \+ \( \)|at most 64"):
        PHONE.validate_python(typed)


@pytest.mark.parametrize("kind", [SingleLineText, ShortText, OptionalText, NoteText, RequiredNoteText])
def test_no_name_turns_around_how_it_is_read_and_the_marks_of_real_names_stay(kind: Any) -> None:
    text = TypeAdapter[str](kind)
    assert text.validate_python("\u202eevil\u202c desk\u202a") == "evil desk"
    real = "\u2067شركة\u2069 ABC\u200f می\u200cخواهم"
    assert text.validate_python(real) == real
    if kind in (OptionalText, NoteText):
        assert text.validate_python("\u202e\u202c") == ""
    else:
        with pytest.raises(ValidationError):
            text.validate_python("\u202e\u202c")


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("ada@example.org\u200b", "ada@example.org"),
        ("\ufeff\u2068ada@example.org\u2069 ", "ada@example.org"),
        ("ada\u00ad@exam\u200dple.org", "ada@example.org"),
        ("ada＠example．org", "ada@example.org"),
        ("mu\u0308ller@example.org", "m\u00fcller@example.org"),
        ("m\u00fcller@example.org", "m\u00fcller@example.org"),
    ],
)
def test_addresses_are_stored_without_what_nobody_sees(typed: str, stored: str) -> None:
    assert EMAIL.validate_python(typed) == stored


@pytest.mark.parametrize(
    "typed", ["ada", "ada@example", "a da@example.org", "ada@example.org\x7f", "a\x85a@b.org", "a@b.c\ue000"]
)
def test_an_address_that_is_none_is_refused_with_what_would_be_right(typed: str) -> None:
    with pytest.raises(ValidationError, match=r"such as ada@example\.org"):
        EMAIL.validate_python(typed)


def test_labels_that_look_alike_are_the_same() -> None:
    assert LABEL.validate_python("VIP\u200b") == LABEL.validate_python(" VIP\u00a0") == "VIP"
    assert LABEL.validate_python("Cafe\u0301") == "Caf\u00e9"
    assert {
        LABEL.validate_python(f"VIP{space}guest") for space in (" ", "  ", "\t", "\u00a0", " \u2009")
    } == {"VIP guest"}
    persian, family = "می\u200cخواهم", "\U0001f468\u200d\U0001f469"
    assert (LABEL.validate_python(persian), LABEL.validate_python(family)) == (persian, family)


def test_a_name_that_nobody_sees_is_no_name() -> None:
    with pytest.raises(ValidationError, match="invisible"):
        LINE.validate_python("\u200b\u2060")
    assert LINE.validate_python("Zoë\u200d") == "Zoë\u200d"


def test_what_is_no_text_is_refused() -> None:
    for adapter in (EMAIL, PHONE, LABEL, LINE):
        with pytest.raises(ValidationError, match="string"):
            adapter.validate_python(17)


@pytest.mark.parametrize(
    ("typed", "stored"),
    [("\u200b", ""), (" \u2060\u00ad ", ""), ("", ""), ("\u200fليلى", "\u200fليلى"), (" Ada ", "Ada")],
)
def test_a_name_that_nobody_can_see_is_no_name(typed: str, stored: str) -> None:
    assert TypeAdapter[str](OptionalText).validate_python(typed) == stored


def test_no_field_has_bounds_beside_those_of_its_type() -> None:
    """Pydantic takes both, and checks those of the type alone: a hash of 64 characters could have one."""
    assert create_app.__module__, "which imports all schemas"
    twice = [
        f"{model.__name__}.{name}"
        for model in _models(BaseModel)
        for name, field in model.model_fields.items()
        if sum(getattr(each, "max_length", None) is not None for each in field.metadata) > 1
    ]
    assert twice == []


def _models(kind: type[BaseModel]) -> Iterator[type[BaseModel]]:
    for model in kind.__subclasses__():
        if model.__module__.startswith("hub_sync."):
            yield model
        yield from _models(model)
