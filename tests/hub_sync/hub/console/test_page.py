"""Held to by every page of every domain: sound HTML, nothing inline, and words that can be translated."""

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from fastapi import FastAPI

from hub_sync.hub.console.i18n.isolation import FSI
from hub_sync.hub.console.template_environment import TEMPLATES
from hub_sync.hub.domains import registry, template_folders
from hub_sync.hub.domains.accounts import service as accounts
from hub_sync.hub.domains.events import service as events
from hub_sync.hub.domains.feature_flags import service as feature_flags
from hub_sync.hub.domains.participants import service as participants
from hub_sync.hub.domains.webhooks import service as webhooks
from hub_sync.hub.kit.http.context import HubContext
from hub_sync.hub.kit.security.credential_bounds import UNBOUNDED
from tests.hub_sync.hub.conftest import NOON, Seeded
from tests.hub_sync.hub.console.browser_client import Browser, heading_of, signed_in_as
from tests.hub_sync.hub.console.conftest import Fair
from tests.hub_sync.hub.console.html_assertions import faults_of
from tests.hub_sync.hub.console.marked_messages import all_messages
from tests.hub_sync.hub.console.page_crawler import PageRoute, page_routes
from tests.support.thorough import THOROUGH, daily_share

PARTS = 3
"""Into so many parts the pages are dealt out: each test has another one with each commit, and all in the thorough run."""


@pytest.fixture
def ids(fair: Fair, seeded: Seeded) -> dict[str, str]:
    """Ids that pages of this event are about."""
    person = fair.register("Ada")
    fair.scan("Ada", NOON)
    fair.station(last_seen_at=NOON)
    return {"event_id": seeded.event_id, "participant_id": person}


def pages(app: FastAPI) -> list[PageRoute]:
    return [route for route in page_routes(app) if route.method == "GET" and not route.streams]


@pytest.mark.parametrize("kind", ["postgresql"], indirect=True)
def test_every_page_opens_on_postgresql(
    app: FastAPI, hub: HubContext, seeded: Seeded, ids: dict[str, str]
) -> None:
    """Rights are tested on SQLite, with the REST API's routes (tests/hub_sync/hub/test_app_permissions.py)."""
    with hub.uow.begin() as work:
        for flag in registry().flags.values():
            feature_flags.switch(work, seeded.tenant_id, flag, enabled=True)
    browser = signed_in_as(app, seeded.tenant_id)
    for page in daily_share(pages(app), PARTS):
        if page.access is not None:
            answer = browser.get(page.at(**ids))
            assert answer.status_code in (200, 303, 404, 409), (page, answer.status_code)


def test_every_page_is_sound_html(app: FastAPI, seeded: Seeded, ids: dict[str, str]) -> None:
    """The other languages, and Arabic on every page every day: `i18n/test_translation.py`."""
    admin, stranger = signed_in_as(app, seeded.tenant_id), Browser(app)
    page_count = 0
    for page in daily_share(pages(app), PARTS, offset=1):
        browser = stranger if page.access is None else admin
        answer = browser.get(page.at(**ids), headers={"Accept-Language": "en"})
        if not answer.headers.get("content-type", "").startswith("text/html"):
            continue
        page_count += answer.status_code == 200
        assert answer.status_code < 500, (page, answer.text[:300])
        assert faults_of(answer.text) == [], page
        assert heading_of(answer.text), page
        assert '<html lang="en" dir="ltr"' in answer.text
        assert answer.headers["cache-control"] == "no-store", page
        assert "default-src 'none'" in answer.headers["content-security-policy"], page
    assert page_count >= 8


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
def test_a_page_with_times_names_their_one_zone(app: FastAPI, seeded: Seeded, ids: dict[str, str]) -> None:
    admin = signed_in_as(app, seeded.tenant_id)
    admin.client.cookies.set("doorward_zone", "Asia%2FTokyo")
    zones: dict[str, set[str]] = {}
    for page in daily_share(pages(app), PARTS, offset=2):
        html = admin.get(page.at(**ids)).text
        if (
            "<time " in html and page.path != "/events"
        ):  # the list of events has a column with each one's zone
            zones[page.path] = set(re.findall(r'class="zone-note">[^<]*<bdi>([^<]*)</bdi>', html))
    assert zones
    for path, named in zones.items():
        assert named == {"Europe/Berlin" if "{event_id}" in path else "Asia/Tokyo"}, path
    fragment = admin.get("/settings/audit", headers={"X-Fragment": "live"}).text
    assert "Asia/Tokyo" in fragment
    events_page = admin.read("/events")
    assert "<td><bdi>Europe/Berlin</bdi></td>" in events_page


NAME = "\u0644\u064a\u0644\u0649 Nameproof"
"""Arabic and Latin in one name: whichever way a page runs, it must be isolated."""


class _NotIsolated(HTMLParser):
    """Collects texts with the name that no `<bdi>`, `dir` or FSI isolates."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[tuple[str, bool]] = []
        self.texts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        isolates = tag in ("bdi", "option", "textarea", "pre", "del", "ins") or any(
            name == "dir" for name, _value in attrs if tag != "html"
        )
        if tag not in ("input", "meta", "link", "br"):
            self.open.append((tag, isolates))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        pass

    def handle_endtag(self, tag: str) -> None:
        while self.open and self.open.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        if (
            "Nameproof" in data
            and not any(isolates for _tag, isolates in self.open)
            and FSI + NAME not in data
        ):
            self.texts.append(f"<{self.open[-1][0]}> {data.strip()}")


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
@pytest.mark.parametrize("language", ["en", "ar"] if THOROUGH else ["ar"])
def test_names_are_isolated_on_every_page(
    app: FastAPI, hub: HubContext, seeded: Seeded, fair: Fair, language: str
) -> None:
    person = fair.register(NAME, last_name="", category=NAME, email="layla@example.org")
    fair.scan(NAME, NOON)
    fair.station(NAME, last_seen_at=NOON, clone_suspected=True)
    with hub.uow.begin(actor=f"user:{NAME}") as work:
        for flag in registry().flags.values():
            feature_flags.switch(work, seeded.tenant_id, flag, enabled=True)
        events.update(work, seeded.tenant_id, seeded.event_id, events.EventChanges(name=NAME))
        changes = participants.ParticipantChanges(email="new@example.org")
        participants.update(work, seeded.tenant_id, seeded.event_id, person, changes)
        networks = webhooks.allowed_networks(hub.settings)
        new = webhooks.NewSubscription(url="https://example.org/", description=NAME, event_types=["*"])
        hook, _secret = webhooks.create(work, hub.secret_box, seeded.tenant_id, new, networks, UNBOUNDED)
        hook_id = hook.id
    admin = signed_in_as(app, seeded.tenant_id, name=NAME)
    maker = signed_in_as(app, seeded.tenant_id, name=f"{NAME} maker")
    new_key = {"name": NAME, "permissions": ["events:read"], "tier": "STANDARD"}
    key_page = maker.send("/settings/api-keys/new", "/settings/api-keys/new", new_key).headers["location"]
    with hub.uow.begin(actor=f"user:{NAME}") as work:
        user_id = next(
            user.id for user in accounts.all_users(work, seeded.tenant_id) if user.name == f"{NAME} maker"
        )
        accounts.update(work, seeded.tenant_id, user_id, accounts.UserChanges(active=False), UNBOUNDED)
    ids = {
        "key_id": key_page.split("/")[3],
        "event_id": seeded.event_id,
        "participant_id": person,
        "webhook_id": hook_id,
        "user_id": user_id,
    }
    wrong: dict[str, list[str]] = {}
    count = 0
    for page in daily_share(pages(app), PARTS):
        answer = admin.get(page.at(**ids), headers={"Accept-Language": language})
        if not answer.headers.get("content-type", "").startswith("text/html"):
            continue
        html, reader = answer.text, _NotIsolated()
        reader.feed(html)
        count += "Nameproof" in html.split("<main", 1)[-1]
        if reader.texts:
            wrong[page.path] = reader.texts
    assert wrong == {}
    assert count >= 12 // PARTS


def templates() -> list[Path]:
    return [file for folder in (TEMPLATES, *template_folders()) for file in sorted(folder.rglob("*.html"))]


def test_no_template_has_script_style_or_handlers_in_it() -> None:
    for file in templates():
        text = file.read_text("utf-8")
        tags = "\n".join(re.findall(r"<[a-z][^>]*>", text))
        assert not re.search(r"<style|\sstyle=|\son[a-z]+=|javascript:", tags, re.IGNORECASE), file
        for tag in re.findall(r"<script[^>]*>", text):
            assert "src=" in tag, file
        assert not re.search(r"(?:src|href)=[\"'](?:https?:)?//", text), file
        assert "|safe" not in text.replace(" ", ""), file


def test_words_of_templates_can_be_translated() -> None:
    """Text between tags goes through gettext; what is left are names of formats and signs."""
    allowed = {"Doorward", "· Doorward", "frame", "outside", "outside wide-outside"}
    for file in templates():
        text = file.read_text("utf-8")
        text = re.sub(
            r"{%-?\s*trans.*?endtrans\s*-?%}|{#.*?#}|<code>.*?</code>|{{.*?}}|{%.*?%}|<[^>]*>|&\w+;",
            "\n",
            text,
            flags=re.DOTALL,
        )
        words = {line.strip() for line in text.splitlines() if re.search(r"[A-Za-z]{2}", line)}
        words = {word for word in words if not re.match(r"[\w-]+=\"", word)}
        assert not words - allowed, (file, words - allowed)


def test_every_message_is_found_for_the_catalogues() -> None:
    messages = all_messages()
    assert "Participants" in messages
    assert ("%(num)s type", "%(num)s types") in messages
    assert "Fill this in." in messages
    assert any("console/templates" in file for files in messages.values() for file in files)


def test_a_session_token_of_a_page_is_never_in_its_text(app: FastAPI, seeded: Seeded) -> None:
    browser = signed_in_as(app, seeded.tenant_id)
    text = browser.read("/events")
    token = browser.client.cookies["doorward_session"]
    assert token not in text
    assert accounts.csrf_token(token) not in text, "pages are compressed: only a masked token stands in them"
