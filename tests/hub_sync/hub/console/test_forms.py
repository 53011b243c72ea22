"""Forms that are shown again because something in them is invalid."""

import importlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
from fastapi import FastAPI
from pydantic import BaseModel

import hub_sync.hub
from hub_sync.hub.console.forms import FormInvalid, expected_formats, parse
from hub_sync.hub.console.i18n.translation import Speech, read_catalogue, speaking
from hub_sync.hub.domains.events.forms import NewEventForm
from hub_sync.hub.kit.text_types import ID_PATTERN
from tests.hub_sync.hub.conftest import Seeded
from tests.hub_sync.hub.console.browser_client import Browser, signed_in_as
from tests.hub_sync.hub.console.conftest import Fair
from tests.hub_sync.hub.console.html_assertions import faults_of

on_sqlite = pytest.mark.parametrize("kind", ["sqlite"], indirect=True)

HUB = Path(hub_sync.hub.__file__).parent


@pytest.fixture
def admin(app: FastAPI, seeded: Seeded) -> Browser:
    return signed_in_as(app, seeded.tenant_id, name="Ada")


def links_in(html: str) -> list[tuple[str, str]]:
    summary = re.findall(r'<ul class="plain-list invalid-fields">(.*?)</ul>', html, re.DOTALL)
    return re.findall(r'<a href="#([^"]+)">([^<]+)</a>', "".join(summary))


@on_sqlite
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


@on_sqlite
def test_a_refusal_of_no_field_has_the_focus_itself(admin: Browser, fair: Fair) -> None:
    path = f"/events/{fair.seeded.event_id}/participants/{fair.register('Grace')}/delete"
    answer = admin.send(path, path, {"version": "99"})
    assert answer.status_code == 412
    assert links_in(answer.text) == []
    assert re.search(r'<div class="notice notice-bad" role="alert" tabindex="-1" autofocus>', answer.text)


def form_models() -> set[type[BaseModel]]:
    """Return every model that a page of the console parses a form with."""
    models: set[type[BaseModel]] = set()
    for file in sorted(HUB.rglob("*.py")):
        names = re.findall(r"page\.parse\((\w+)\)", file.read_text("utf-8"))
        if names:
            path = file.relative_to(HUB).with_suffix("").as_posix().replace("/", ".")
            module = importlib.import_module("hub_sync.hub." + path.removesuffix(".__init__"))
            models |= {getattr(module, name) for name in names if hasattr(module, name)}
    return models


def metadata(annotation: Any) -> Iterator[Any]:
    yield from getattr(annotation, "__metadata__", ())
    for argument in get_args(annotation):
        yield from metadata(argument)


def test_a_field_with_a_pattern_says_how_it_is_written_with_an_example() -> None:
    count = 0
    for model in form_models():
        for name, info in model.model_fields.items():
            if str(info.annotation).startswith("list["):
                continue  # chosen from, not typed
            patterns = [
                getattr(each, "pattern", None) for each in (*info.metadata, *metadata(info.annotation))
            ]
            if any(pattern and ID_PATTERN not in pattern for pattern in patterns):  # ids are chosen, too
                count += 1
                assert expected_formats(info), (model.__name__, name)
                assert "such as" in expected_formats(info)[0].sentence
    assert count >= 5


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("en", "Lower-case letters, digits and hyphens only, such as summer-fair-2026."),
        ("de", "Nur Kleinbuchstaben, Ziffern und Bindestriche, zum Beispiel summer-fair-2026."),
    ],
)
def test_the_message_of_a_pattern_is_the_fields_own(language: str, expected: str) -> None:
    with (
        speaking(Speech(language, read_catalogue(language))),
        pytest.raises(FormInvalid) as caught,
    ):
        parse(NewEventForm, {"slug": ["No Slug"]})
    assert caught.value.fields["slug"] == expected
