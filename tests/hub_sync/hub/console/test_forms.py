"""Forms that are shown again because something in them is invalid."""

import re

import pytest
from fastapi import FastAPI

from tests.hub_sync.hub.conftest import Seeded
from tests.hub_sync.hub.console.browser_client import Browser, signed_in_as
from tests.hub_sync.hub.console.conftest import Fair
from tests.hub_sync.hub.console.html_assertions import faults_of

pytestmark = pytest.mark.parametrize("kind", ["sqlite"], indirect=True)


@pytest.fixture
def admin(app: FastAPI, seeded: Seeded) -> Browser:
    return signed_in_as(app, seeded.tenant_id, name="Ada")


def links_in(html: str) -> list[tuple[str, str]]:
    summary = re.findall(r'<ul class="plain-list invalid-fields">(.*?)</ul>', html, re.DOTALL)
    return re.findall(r'<a href="#([^"]+)">([^<]+)</a>', "".join(summary))


@pytest.mark.parametrize(
    ("path", "fields", "invalid"),
    [
        (
            "/events/new",
            {"name": "", "starts_at": "soon", "ends_at": "2026-06-11T10:00", "slug": "No Slug"},
            [("name", "Name"), ("starts_at", "Starts"), ("slug", "Short name")],
        ),
        (
            "/settings/users/new",
            {"email": "nowhere", "role": "EMPEROR"},
            [("email", "E-mail address"), ("role", "Role")],
        ),
        (
            "/settings/api-keys/new",
            {"name": "", "tier": "STANDARD"},
            [("name", "Name"), ("permissions", "Permissions")],
        ),
        ("/events/{event}/participants/new", {"email": "nowhere"}, [("email", "E-mail")]),
    ],
)
def test_an_invalid_form_leads_to_each_field_and_the_first_has_the_focus(
    admin: Browser, seeded: Seeded, path: str, fields: dict[str, str], invalid: list[tuple[str, str]]
) -> None:
    path = path.replace("{event}", seeded.event_id)
    answer = admin.send(path, path, fields)
    assert answer.status_code == 422
    assert links_in(answer.text) == invalid
    for name, _label in invalid:
        assert f'id="{name}"' in answer.text
    focused = re.findall(r"<(?:input|select|textarea|fieldset|div)[^>]* autofocus[^>]*>", answer.text)
    assert len(focused) == 1
    assert f'id="{invalid[0][0]}"' in focused[0]
    assert faults_of(answer.text) == []


def test_a_refusal_of_no_field_has_the_focus_itself(admin: Browser, fair: Fair) -> None:
    path = f"/events/{fair.seeded.event_id}/participants/{fair.register('Grace')}/delete"
    answer = admin.send(path, path, {"version": "99"})
    assert answer.status_code == 412
    assert links_in(answer.text) == []
    assert re.search(r'<div class="notice notice-bad" role="alert" tabindex="-1" autofocus>', answer.text)
