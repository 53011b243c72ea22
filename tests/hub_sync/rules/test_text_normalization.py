"""Registration codes and names as people type them."""

import functools
import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub_sync.rules.text_normalization import (
    count_code_characters,
    normalize_code,
    normalize_name,
    normalize_token,
    search_words,
    split_name,
)


@functools.cache
def every_character() -> tuple[str, ...]:
    """Return all assigned characters of Unicode; unassigned and private ones and surrogates are no letters."""
    characters = map(chr, range(sys.maxunicode + 1))
    return tuple(each for each in characters if unicodedata.category(each) not in ("Cn", "Co", "Cs"))


@pytest.mark.parametrize(
    "typed",
    [
        "REG-0012",
        "reg 0012",
        " r e g o o i 2 ",
        "ＲＥＧ００１２",
        "REG–0012",
        "reg_0012",
        "REG-٠٠١٢",
        "RE\u200bG-००१२",
    ],
)
def test_spaces_dashes_case_digits_and_look_alikes_are_forgiven(typed: str) -> None:
    assert normalize_code(typed) == normalize_code("REG-0012")


@pytest.mark.parametrize(
    ("first", "other"),
    [
        ("Ä-1234", "Ö-1234"),
        ("Ä-1234", "A-1234"),
        ("Ä-1234", "1234"),
        ("REG-٠٠١٢", "REG"),
        ("Кассир-12", "12"),
        ("한국-1234", "중국-1234"),
        ("गीता-12", "गाता-12"),
        ("فاطمة-1", "-1"),
        ("八-1234", "九-1234"),
    ],
)
def test_a_letter_of_any_script_is_a_part_of_the_code(first: str, other: str) -> None:
    assert normalize_code(first) != normalize_code(other)


@pytest.mark.parametrize(
    ("stored", "typed"),
    [
        ("Ä-1234", "a\u0308 1234"),
        ("STRASSE-1", "straße1"),
        ("IŞIK-12", "ışık12"),
        ("İZMİR-12", "izmir 12"),
        ("ΣΟΦΟΣ-12", "σοφος12"),
        ("\ufeffKASSE\u00ad-12\ufe0f", "kasse12"),
    ],
)
def test_case_composition_and_invisible_characters_are_forgiven_in_every_script(
    stored: str, typed: str
) -> None:
    assert normalize_code(stored) == normalize_code(typed)


def test_database_id_is_not_a_registration_code() -> None:
    assert normalize_code("0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b") != normalize_code("REG-0012")


def test_no_letter_or_digit_of_unicode_is_lost_from_a_code() -> None:
    lost = [
        letter
        for letter in every_character()
        if unicodedata.category(letter) in ("Lu", "Ll", "Lt", "Lo", "Nd")
        and not normalize_code(f"12{letter}34")[2:-2]
    ]
    assert lost == list("\u115f\u1160\u3164\uffa0"), "the four fillers of Hangul, which nobody sees"


@given(st.text())
def test_a_normal_code_is_its_own_normal_form(text: str) -> None:
    normal = normalize_code(text)
    assert normalize_code(normal) == normal
    assert count_code_characters(normal) <= len(normal)


@given(st.text(st.characters(max_codepoint=127)))
def test_the_fast_path_of_codes_agrees_with_the_other(text: str) -> None:
    assert normalize_code(text) == normalize_code(f"{text}\u200b")


@pytest.mark.parametrize(
    "spellings",
    [
        ("José", "Jose", "JOSÉ", "jose\u0301"),
        ("WEISS", "weiß", "Weiẞ"),
        ("Ångström", "angstrom", "Aangstroem", "Angstroem"),
        ("Mueller", "Müller", "Muller", "MU\u0308LLER"),
        ("Juergen", "Jürgen", "Jurgen"),
        ("Joerg", "Jörg", "Jorg"),
        ("Soerensen", "Sørensen", "Sorensen", "Sörensen"),
        ("Aase", "Åse", "Ase"),
        ("Jaeger", "Jäger", "Jager", "Jæger"),
        ("Łukasz", "Lukasz"),
        ("O’Brien", "O'Brien", "OBrien", "O`Brien", "O\u02bcBrien", "O´Brien", "O＇Brien"),
        ("Anna-Lena", "Anna\u2011Lena", "Anna–Lena", "Annalena", "Anna\u00ad-Lena", "Anna－Lena"),
        ("J.R.R.", "JRR", "J\u2024R.R"),
        ("Zoe\u200b", "Zoë", "Zoe", "\ufeffZoe"),
        ("علی", "علي", "على"),
        ("کریم", "كريم"),
        ("أحمد", "احمد"),
        ("فاطمة", "فاطمه", "فاطمـة"),
        ("می\u200cخواهم", "میخواهم"),
        ("  Li   Na ", "li na"),
        ("Table 12", "Table ١٢"),
        ("Ἀθηνᾶς", "αθηνας"),
        ("김철수", "\u1100\u1175\u11b7\u110e\u1165\u11af\u1109\u116e"),
    ],
)
def test_spellings_of_a_name_meet(spellings: tuple[str, ...]) -> None:
    assert len({normalize_name(name) for name in spellings}) == 1, list(map(normalize_name, spellings))


@pytest.mark.parametrize(
    ("first", "other"), [("Muller", "Miller"), ("علی", "علا"), ("Anna Lena", "Annalena"), ("한", "하")]
)
def test_other_names_stay_others(first: str, other: str) -> None:
    assert normalize_name(first) != normalize_name(other)


def test_last_name_first_with_a_comma_has_the_same_words() -> None:
    assert set(normalize_name("Müller, Anna").split()) == set(normalize_name("Anna Mueller").split())
    assert normalize_name("Müller،Anna") == "muller anna"


def test_no_letter_of_unicode_keeps_a_capital() -> None:
    changed = [
        letter for letter in every_character() if (normal := normalize_name(letter)) != normal.casefold()
    ]
    assert changed == []


@given(st.text())
def test_a_normal_name_is_its_own_normal_form(text: str) -> None:
    assert normalize_name(normalize_name(text)) == normalize_name(text)


@given(st.text(st.characters(max_codepoint=127)))
def test_the_fast_path_of_names_agrees_with_the_other(text: str) -> None:
    assert normalize_name(text) == normalize_name(f"{text}\u200b")
    assert split_name(text) == split_name(f"{text}\u200b")


@given(st.text("aeounAEÄÖÜøåß'- ", max_size=8), st.text("aeounÄÖÜøåß'- ", max_size=4))
def test_what_is_typed_of_a_name_so_far_begins_its_normal_form(begun: str, rest: str) -> None:
    assert normalize_name(begun + rest).startswith(normalize_name(begun))


def test_words_of_a_search_have_their_parts_as_another_spelling() -> None:
    assert search_words("O’Brien, Anna-Lena") == (("obrien", "o", "brien"), ("annalena", "anna", "lena"))
    assert search_words("REG-0012 ada@example.org - ") == (("reg0012",), ("ada@exampleorg",))


def test_a_typed_token_is_the_same_from_every_keyboard() -> None:
    assert {normalize_token(typed) for typed in ("i2-34", "I234", "\u0130\u0662\u06f3\uff14", "i 234")} == {
        "I234"
    }
