"""The catalogues: whole, with the same placeholders as the English, and with every plural form of the language."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from html import unescape

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po
from fastapi import FastAPI

from hub_sync.contract.enums import ReasonCode, ScanResult
from hub_sync.contract.station_report import AlarmCode
from hub_sync.hub.console.i18n.formats import ago
from hub_sync.hub.console.i18n.translation import (
    DEFAULT,
    LANGUAGES,
    TRANSLATIONS,
    Speech,
    read_catalogue,
    speaking,
)
from hub_sync.hub.console.state import LANGUAGE_COOKIE
from hub_sync.hub.domains import registry
from hub_sync.hub.domains.check_in.manifest import SHORT_REASONS
from hub_sync.hub.domains.feature_flags import service as feature_flags
from hub_sync.hub.domains.stations.alarms import ALARM_LABELS, ALARM_SENTENCES
from hub_sync.hub.kit.http.context import HubContext
from tests.hub_sync.hub.conftest import NOON, Seeded
from tests.hub_sync.hub.console.browser_client import Browser, signed_in_as
from tests.hub_sync.hub.console.conftest import Fair
from tests.hub_sync.hub.console.html_assertions import faults_of
from tests.hub_sync.hub.console.marked_messages import all_messages, missing_in
from tests.hub_sync.hub.console.page_crawler import page_routes
from tests.support.thorough import THOROUGH

OTHERS = [language for language in LANGUAGES if language != DEFAULT]
FORMS = {"de": 2, "ar": 6}
LETTERS = {"de": re.compile("[A-Za-zÄÖÜäöüß]"), "ar": re.compile("[\u0621-\u064a]")}
PLACEHOLDERS = re.compile(r"%\(\w+\)s|%s|\{\w+\}")
FSI, PDI = "\N{FIRST STRONG ISOLATE}", "\N{POP DIRECTIONAL ISOLATE}"


@cache
def catalogue(language: str) -> Catalog:
    with (TRANSLATIONS / f"{language}.po").open("rb") as source:
        return read_po(source, locale=language)


def entries(language: str) -> Iterator[tuple[Message, str, str]]:
    """Every entry, with its English and one of its translations (the English plural with the later ones)."""
    for entry in catalogue(language):
        if not entry.id:
            continue
        english = (entry.id,) if isinstance(entry.id, str) else tuple(entry.id)
        translations = (entry.string,) if isinstance(entry.string, str) else tuple(entry.string or ())
        for number, text in enumerate(translations):
            yield entry, english[min(number, len(english) - 1)], text


def test_german_uses_the_words_of_its_glossary() -> None:
    """The head of `de.po` has it: participants are Teilnehmende, and a gate is a Tor."""
    others = re.compile(r"\b(Teilnehmern?|Gates?)\b")
    assert [text for _entry, _english, text in entries("de") if others.search(text)] == []


def test_every_language_has_its_catalogue() -> None:
    assert sorted(OTHERS) == sorted(FORMS)


@pytest.mark.parametrize("language", OTHERS)
def test_nothing_is_left_unsaid(language: str) -> None:
    assert missing_in(language) == set()
    assert [entry.id for entry in catalogue(language) if entry.fuzzy] == []


@pytest.mark.parametrize("language", OTHERS)
def test_nothing_is_said_that_nobody_says_in_english_any_more(language: str) -> None:
    known = {
        "" if not entry.id else entry.id if isinstance(entry.id, str) else tuple(entry.id)
        for entry in catalogue(language)
    }
    assert known - {""} - set(all_messages()) == set()
    assert catalogue(language).obsolete == {}


@pytest.mark.parametrize("language", OTHERS)
def test_placeholders_are_those_of_the_english(language: str) -> None:
    for entry, english, text in entries(language):
        wanted, actual = sorted(PLACEHOLDERS.findall(english)), sorted(PLACEHOLDERS.findall(text))
        if entry.pluralizable:  # "one" and "two" may be words
            assert set(actual) <= set(wanted) or set(actual) <= set(PLACEHOLDERS.findall(entry.id[1])), text
        else:
            assert actual == wanted, (english, text)
        assert "%" not in PLACEHOLDERS.sub("", text), text


@pytest.mark.parametrize("language", OTHERS)
def test_plurals_have_every_form_and_say_the_number_where_it_is_many(language: str) -> None:
    plurals = [entry for entry in catalogue(language) if entry.pluralizable]
    assert plurals
    for entry in plurals:
        assert isinstance(entry.string, (list, tuple))
        assert len(entry.string) == FORMS[language]
        assert all(entry.string), entry.id
        for text in entry.string[FORMS[language] // 2 :]:
            assert PLACEHOLDERS.findall(text) == PLACEHOLDERS.findall(entry.id[1]), text


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("de", {0: "0 Typen", 1: "1 Typ", 2: "2 Typen"}),
        (
            "ar",
            {
                0: "لا أنواع",
                1: "نوع واحد",
                2: "نوعان",
                3: "3 أنواع",
                10: "10 أنواع",
                11: "11 نوعًا",
                99: "99 نوعًا",
                100: "100 نوع",
                102: "102 نوع",
                103: "103 أنواع",
            },
        ),
    ],
)
def test_numbers_choose_the_form_that_speakers_would(language: str, expected: dict[int, str]) -> None:
    spoken = read_catalogue(language)
    for number, text in expected.items():
        assert spoken.ngettext("%(num)s type", "%(num)s types", number) % {"num": number} == text


@pytest.mark.parametrize("language", OTHERS)
def test_translations_are_in_their_language(language: str) -> None:
    for _entry, english, text in entries(language):
        assert LETTERS[language].search(PLACEHOLDERS.sub("", text)) or text == english, text
        assert text == text.strip(), text


def test_arabic_sentences_are_written_as_arabic_is() -> None:
    for _entry, english, text in entries("ar"):
        without_isolates = re.sub(f"{FSI}[^{PDI}]*{PDI}", "", text)
        assert not re.search(r"[?,;]", without_isolates), text
        assert text.count(FSI) == text.count(PDI), text
        assert english.endswith("?") == text.endswith("؟"), text


@pytest.mark.parametrize("language", OTHERS)
def test_markup_is_that_of_the_english(language: str) -> None:
    for _entry, english, text in entries(language):
        assert re.findall(r"[<>]", text) == re.findall(r"[<>]", english), text


def test_every_code_that_pages_show_has_words() -> None:
    assert set(ReasonCode) == set(SHORT_REASONS)
    assert set(AlarmCode) == set(ALARM_LABELS) == set(ALARM_SENTENCES)


@pytest.mark.parametrize(
    ("language", "before", "now"),
    [("de", "vor 3 Minuten", "gerade eben"), ("ar", "قبل 3 دقائق", "الآن")],
)
def test_times_are_told_in_the_language(language: str, before: str, now: str) -> None:
    noon = datetime(2026, 6, 10, 12, tzinfo=UTC)
    with speaking(Speech(language, read_catalogue(language))):
        assert ago(noon - timedelta(minutes=3), noon) == before
        assert ago(noon, noon) == now


@pytest.mark.parametrize("language", OTHERS if THOROUGH else ["ar"])
@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
def test_no_page_is_left_in_english(
    app: FastAPI, hub: HubContext, seeded: Seeded, fair: Fair, language: str
) -> None:
    person = fair.register("Ada")
    fair.scan("Ada", NOON)
    fair.scan("Ada", NOON, result=ScanResult.INVALID, reason=ReasonCode.ALREADY_INSIDE)
    fair.station(last_seen_at=NOON)
    with hub.uow.begin() as work:
        for flag in registry().flags.values():
            feature_flags.switch(work, seeded.tenant_id, flag, enabled=True)
    translate = read_catalogue(language).gettext
    english = {
        message
        for message in all_messages()
        if isinstance(message, str) and message not in translate(message)
    }
    browser = signed_in_as(app, seeded.tenant_id, name="Ada")
    browser.client.cookies.set(LANGUAGE_COOKIE, language)
    page_count = 0
    for page in page_routes(app):
        if page.method != "GET" or page.streams or page.path == "/docs":  # what programs are texts is English
            continue
        answer = browser.get(page.at(event_id=seeded.event_id, participant_id=person))
        if not answer.headers.get("content-type", "").startswith("text/html") or not answer.text:
            continue
        page_count += 1
        direction = "rtl" if language == "ar" else "ltr"
        assert f'<html lang="{language}" dir="{direction}"' in answer.text, page
        assert faults_of(answer.text) == [], page
        texts = {unescape(part).strip() for part in re.split(r"<[^>]*>", answer.text)}
        assert texts & english == set(), page
    assert page_count > 20


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("de", "Es gibt schon eine Veranstaltung „summit“."),
        ("ar", f"توجد فعالية «{FSI}summit{PDI}»."),
    ],
)
def test_what_a_service_refuses_is_told_beside_the_field_in_the_language(
    app: FastAPI, seeded: Seeded, language: str, expected: str
) -> None:
    browser = signed_in_as(app, seeded.tenant_id, name="Ada")
    browser.client.cookies.set(LANGUAGE_COOKIE, language)
    answer = browser.send("/events/new", "/events/new", {"name": "Again", "slug": "summit"})
    assert answer.status_code == 409
    assert re.search(r'id="slug-error">.*?</svg>\s*' + re.escape(expected), answer.text, re.DOTALL), (
        answer.text
    )


def test_an_address_that_makes_no_sense_is_told_in_the_language(app: FastAPI, seeded: Seeded) -> None:
    browser = signed_in_as(app, seeded.tenant_id, name="Ada")
    assert "nonsense" in browser.get("/events?sort=nonsense").text
    browser.client.cookies.set(LANGUAGE_COOKIE, "de")
    answer = browser.get("/events?sort=nonsense")
    assert answer.status_code == 400
    assert '<p class="lead">„sort“ nimmt ' in answer.text
    assert "2026-06-10" in browser.get("/settings/audit?from=soon").text


def test_a_strangers_page_speaks_what_the_browser_asks_for(app: FastAPI) -> None:
    stranger = Browser(app)
    answer = stranger.get("/sign-in", headers={"Accept-Language": "ar-EG, en;q=0.5"})
    assert '<html lang="ar" dir="rtl"' in answer.text
    assert "كلمة المرور" in answer.text


@pytest.mark.parametrize("language", OTHERS)
def test_a_buttons_word_is_not_its_badges(language: str) -> None:
    """They stand in one row: what can be done to a key, and what was done to it."""
    messages = catalogue(language)
    for button, badge in (("Revoke", "Revoked"), ("Rotate", "Rotated")):
        assert messages[button].string != messages[badge].string
