"""The three catalogues: the same ids, the same placeholders, whole plurals."""

import re
import string
from datetime import UTC, datetime

import pytest

from hardware.errors import RelayFault
from hub_sync.client.store import StoreCause, StoreFault
from hub_sync.contract.enums import Mark, ReasonCode
from kiosk_app.screens.gate.presenter.view_state_builder import PRESETS
from resources.themes import THEMES
from resources.translations import LANGUAGES
from resources.translations.catalogue import Texts, texts

every_language = pytest.mark.parametrize("code", LANGUAGES)


TWO_LINES = 132
"""Characters below the large letters of a card on a screen of 800x480."""


def placeholders(sentence: str | tuple[str, ...]) -> set[str]:
    forms = sentence if isinstance(sentence, tuple) else (sentence,)
    return {name for form in forms for _, name, _, _ in string.Formatter().parse(form) if name}


@every_language
def test_every_reason_and_mark_has_a_sentence(code: str) -> None:
    messages = texts(code).messages
    for reason in ReasonCode:
        assert f"reason.{reason.value}" in messages
        assert f"short.{reason.value}" in messages
    for mark in Mark:
        assert f"mark.{mark.value}" in messages
    for fault in RelayFault:
        assert f"door.{fault.value}" in messages
    for store_fault in StoreFault:
        assert f"store.{store_fault.value}" in messages
    for cause in StoreCause:
        assert len(str(messages[f"store_cause.{cause.value}"])) <= TWO_LINES


@every_language
def test_the_catalogues_have_the_same_ids_with_the_same_placeholders(code: str) -> None:
    english, other = texts("en").messages, texts(code).messages
    assert set(other) == set(english)
    for key, sentence in english.items():
        assert placeholders(other[key]) == placeholders(sentence), key
        assert isinstance(other[key], str) == isinstance(sentence, str), key


@every_language
def test_no_sentence_is_empty_or_left_in_english(code: str) -> None:
    english, other = texts("en").messages, texts(code).messages
    same = {
        key
        for key in english
        if english[key] == other[key] and re.search("[A-Za-z]{4}", re.sub("{.*?}", "", str(english[key])))
    }
    assert all(other.values())
    assert code == "en" or same <= {"link.online", "link.offline"}


@every_language
def test_plurals_have_every_form_that_the_language_uses(code: str) -> None:
    forms = {"en": 2, "de": 2, "ar": 6}[code]
    for key, sentence in texts(code).messages.items():
        if not isinstance(sentence, str):
            assert len(sentence) == forms, key
            assert all(sentence), key


@every_language
def test_every_key_that_the_screens_name_exists(code: str) -> None:
    words = texts(code)
    for key in (*PRESETS, *(f"menu.theme.{name}" for name in THEMES)):
        assert words(key)


@pytest.mark.parametrize(
    ("n", "form"),
    [
        (0, 0),
        (1, 1),
        (2, 2),
        (3, 3),
        (10, 3),
        (11, 4),
        (99, 4),
        (100, 5),
        (103, 3),
    ],
)
def test_arabic_counts_as_cldr_has_it(n: int, form: int) -> None:
    arabic = texts("ar")
    forms = arabic.messages["age.days"]
    assert isinstance(forms, tuple)
    assert arabic("age.days", n=n) == forms[form].format(n=n)


def test_numbers_are_grouped_as_the_language_groups_them() -> None:
    assert [texts(code).number(1204) for code in LANGUAGES] == ["1,204", "1.204", "1,204"]


def test_what_runs_against_an_arabic_sentence_is_set_apart_and_the_rest_is_not() -> None:
    arabic = texts("ar")
    assert arabic("override.title", name="Ada").count("\u2068") == 1
    assert "\u2068" not in arabic("override.title", name="\u0639\u0645\u0631")
    assert "\u2068" not in arabic(
        "link.offline_since",
        when=arabic.when(datetime(2026, 11, 13, 17, 4, tzinfo=UTC), datetime(2026, 11, 14, tzinfo=UTC)),
    )
    assert "\u2068" not in texts("en")("override.title", name="Ada")


def test_there_is_no_other_language() -> None:
    with pytest.raises(KeyError):
        texts("xx")


def test_a_missing_key_is_a_fault_and_not_a_blank() -> None:
    words: Texts = texts("en")
    with pytest.raises(KeyError):
        words("no.such.key")
