"""A browser without scripts: it signs in, reads pages and sends their forms, as a person would."""

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

from fastapi import FastAPI
from httpx2 import Response
from starlette.testclient import TestClient

from hub_sync.hub.domains.accounts import service as accounts
from hub_sync.hub.domains.accounts.credentials import sessions
from hub_sync.hub.kit.http.context import HubContext
from hub_sync.hub.kit.security.client_address import SESSION_COOKIE
from hub_sync.hub.kit.security.permissions import Role

HERE = {"Origin": "http://testserver", "Sec-Fetch-Site": "same-origin", "Accept": "text/html"}
PASSWORD = "correct horse battery"
EVENT_FORM = {
    "name": "Autumn Fair",
    "slug": "autumn-fair",
    "starts_at": "2026-10-02T09:00",
    "ends_at": "2026-10-04T18:00",
    "time_zone": "America/New_York",
    "capacity": "1200",
    "status": "DRAFT",
}
"""What somebody types into the form of a new event."""


class Browser:
    """Somebody's browser; `signed_in_as` gives one that is signed in."""

    def __init__(self, app: FastAPI) -> None:
        self.client = TestClient(
            app, raise_server_exceptions=False, follow_redirects=False, headers={"Accept": "text/html"}
        )

    def get(self, path: str, **more: Any) -> Response:
        """Open a page; a redirect is not followed."""
        return self.client.get(path, **more)

    def read(self, path: str) -> str:
        """The text of a page that must open."""
        answer = self.get(path)
        assert answer.status_code == 200, (path, answer.status_code, answer.text[:500])
        return answer.text

    def post(self, path: str, fields: dict[str, Any] | None = None, **more: Any) -> Response:
        """Send a form with this session's token; a redirect is not followed."""
        headers = HERE | more.pop("headers", {})
        token = self.client.cookies.get(SESSION_COOKIE, "")
        csrf = {"csrf": accounts.csrf_token(token)} if token else {}
        return self.client.post(path, data=csrf | (fields or {}), headers=headers, **more)

    def send(self, page: str, action: str, fields: dict[str, Any] | None = None) -> Response:
        """Fill in the form of a page whose action is this, over what it holds, and send it."""
        return self.client.post(action, data=self.fill_in(page, action, fields or {}), headers=HERE)

    def fill_in(self, page: str, action: str, typed: dict[str, Any]) -> dict[str, Any]:
        """Return the fields of a page's form, with what somebody typed."""
        return form_to(self.read(page), action).fields | typed


def signed_in_as(app: FastAPI, tenant_id: str, role: Role = Role.ADMIN, name: str = "") -> Browser:
    """A browser that somebody new with this role is signed in with."""
    hub: HubContext = app.state.hub
    email = f"{(name or role.value).lower().replace(' ', '.')}@{tenant_id[-6:]}.example"
    with hub.uow.begin() as work:
        user = accounts.create_user(
            work, tenant_id, email, PASSWORD, name=name or role.value.title(), role=role
        )
        token = sessions.create_session(work, user, accounts.lifetimes(hub.settings), sessions.Browser())
    browser = Browser(app)
    browser.client.cookies.set(SESSION_COOKIE, token)
    return browser


@dataclass
class Form:
    """A form as it stands in a page: where it goes and what it holds."""

    action: str
    method: str
    fields: dict[str, Any] = field(default_factory=dict)


class _Forms(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self._select = self._text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        at = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append(Form(at.get("action", ""), at.get("method", "get")))
        if not self.forms:
            return
        fields, name = self.forms[-1].fields, at.get("name", "")
        if tag == "input" and name and at.get("type") in ("checkbox", "radio"):
            if "checked" in at:
                fields[name] = [*fields.get(name, []), at.get("value", "on")]
        elif tag == "input" and name:
            fields[name] = at.get("value", "")
        elif tag == "select":
            self._select = name
        elif tag == "option" and self._select and ("selected" in at or self._select not in fields):
            fields[self._select] = at.get("value", "")
        elif tag == "textarea":
            self._text = name
            fields[name] = ""

    def handle_endtag(self, tag: str) -> None:
        if tag == "select":
            self._select = ""
        if tag == "textarea":
            self._text = ""

    def handle_data(self, data: str) -> None:
        if self._text:
            self.forms[-1].fields[self._text] += data


def forms_in(html: str) -> list[Form]:
    """The forms of a page."""
    parser = _Forms()
    parser.feed(html)
    return parser.forms


def heading_of(html: str) -> str:
    """The page's only h1."""
    headings = re.findall(r"<h1[^>]*>(.*?)</h1>", html, re.DOTALL)
    assert len(headings) == 1, headings
    return re.sub(r"\s+", " ", re.sub(r"</?bdi[^>]*>", "", headings[0])).strip()


def form_to(html: str, action: str) -> Form:
    """Return the form of a page whose action is this."""
    form = next((item for item in forms_in(html) if item.action == action), None)
    assert form is not None, f"the page has no form to {action}"
    return form
