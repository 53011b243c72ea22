"""Two users edit the same thing: untouched fields are merged, and only real conflicts are shown, with both values."""

from typing import Any

import pytest
from fastapi import FastAPI

from hub_sync.hub.console.submissions.merging import as_sent, dump_base, load_base, merge
from hub_sync.hub.domains.feature_flags import service as feature_flags
from hub_sync.hub.domains.webhooks.manifest import FF_WEBHOOKS
from hub_sync.hub.kit.http.context import HubContext
from tests.hub_sync.hub.conftest import Seeded
from tests.hub_sync.hub.console.browser_client import HERE, Browser, Form, forms_in, signed_in_as
from tests.hub_sync.hub.console.conftest import Fair


@pytest.mark.parametrize(
    ("base", "mine", "theirs", "merged", "conflict"),
    [
        (["a"], ["a"], ["b"], ["b"], False),
        (["a"], ["b"], ["a"], ["b"], False),
        (["a"], ["b"], ["b"], ["b"], False),
        (["a"], ["b"], ["c"], ["b"], True),
        (["a"], [""], ["c"], [""], True),
        ([], ["1"], [], ["1"], False),
        (["1"], [], ["1"], [], False),
        (["a", "b"], ["b", "a"], ["a", "b", "c"], ["a", "b", "c"], False),
        (["1\n2"], ["1\r\n2"], ["1\n2\n3"], ["1\n2\n3"], False),
        (None, ["b"], ["c"], ["b"], True),
        (None, ["c"], ["c"], ["c"], False),
    ],
)
def test_a_field_is_merged_by_what_it_was_opened_with(
    base: list[str] | None, mine: list[str], theirs: list[str], merged: list[str], conflict: bool
) -> None:
    sent = {"x": mine, "csrf": ["t"]} if mine else {"csrf": ["t"]}
    result, names = merge(sent, None if base is None else {"x": base}, {"x": theirs})
    assert (result.get("x", []), names) == (merged, ["x"] if conflict else [])
    assert result["csrf"] == ["t"]


@pytest.mark.parametrize("text", ["", "{", "[]", "null", "7"])
def test_a_hidden_field_that_holds_no_values_is_none(text: str) -> None:
    assert load_base(text) is None


def test_values_survive_the_hidden_field() -> None:
    values = {"name": "Zoë", "none": None, "on": True, "off": False, "many": ("a", "b"), "number": 7}
    assert load_base(dump_base(values)) == as_sent(values)
    assert load_base('{"x": "no list"}') == {"x": []}


FORMS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "event": ({"name": "Summit of Grace"}, {"capacity": "77"}),
    "participant": ({"first_name": "Grace"}, {"email": "ada@example.org"}),
    "user": ({"name": "Vera of Grace"}, {"role": "OPERATOR"}),
    "key": ({"name": "Key of Grace"}, {"addresses": "192.0.2.7/32\r\n192.0.2.8/32"}),
    "webhook": ({"description": "Hook of Grace"}, {"event_types": ["scan.rejected"]}),
    "own account": ({"name": "Ada L."}, {"language": "de"}),
}
"""What Grace changes, and what Ada changes in a form that she opened before."""


@pytest.fixture
def ada(app: FastAPI, hub: HubContext, seeded: Seeded) -> Browser:
    with hub.uow.begin() as work:
        feature_flags.switch(work, seeded.tenant_id, FF_WEBHOOKS, enabled=True)
    return signed_in_as(app, seeded.tenant_id, name="Ada")


@pytest.fixture
def grace(app: FastAPI, ada: Browser, seeded: Seeded) -> Browser:
    return signed_in_as(app, seeded.tenant_id, name="Grace")


def path_of(thing: str, ada: Browser, fair: Fair, app: FastAPI) -> str:
    """Create the thing, and return the path of its form."""
    if thing == "event":
        return f"/events/{fair.seeded.event_id}/edit"
    if thing == "participant":
        return f"/events/{fair.seeded.event_id}/participants/{fair.register('Eve')}/edit"
    if thing == "own account":
        return "/account"
    if thing == "user":
        ada.send("/settings/users/new", "/settings/users/new", {"email": "v@example.org", "role": "VIEWER"})
        html = ada.read("/settings/users")
        return html.split(">v@example.org<")[0].rsplit('href="', 1)[1].split('"')[0]
    new = "/settings/api-keys/new" if thing == "key" else "/settings/webhooks/new"
    typed = (
        {"name": "Badges", "permissions": "events:read"}
        if thing == "key"
        else {"url": "https://hooks.example.org/doorward", "event_types": "scan.accepted"}
    )
    created = ada.send(new, new, typed).headers["location"].rpartition("/")[0]
    return created if thing == "key" else f"{created}/edit"


def form_of(browser: Browser, path: str) -> Form:
    return next(form for form in forms_in(browser.read(path)) if form.action == path)


def comparable(values: dict[str, Any]) -> dict[str, Any]:
    return {name: str(value).replace("\r\n", "\n") for name, value in values.items()}


@pytest.mark.parametrize("thing", list(FORMS))
def test_a_save_keeps_what_somebody_else_changed_in_other_fields(
    ada: Browser, grace: Browser, app: FastAPI, fair: Fair, thing: str
) -> None:
    path, (theirs, mine) = path_of(thing, ada, fair, app), FORMS[thing]
    other = ada if thing == "own account" else grace
    opened = form_of(ada, path)
    assert other.send(path, path, theirs).status_code == 303
    saved = ada.client.post(path, data=opened.fields | mine, headers=HERE)
    assert saved.status_code == 303, saved.text
    now = form_of(ada, path).fields
    expected = {name: [value] if name == "role" else value for name, value in (theirs | mine).items()}
    assert comparable({name: now[name] for name in expected}) == comparable(expected)


@pytest.mark.parametrize("thing", [thing for thing in FORMS if thing != "own account"])
def test_a_conflict_shows_both_values_and_who_changed_it(
    ada: Browser, grace: Browser, app: FastAPI, fair: Fair, thing: str
) -> None:
    path, (theirs, also_mine) = path_of(thing, ada, fair, app), FORMS[thing]
    field, value = next(iter(theirs.items()))
    opened = form_of(ada, path)
    before = comparable({name: opened.fields.get(name, "") for name in also_mine})
    assert grace.send(path, path, theirs).status_code == 303
    saved = ada.client.post(path, data=opened.fields | {field: "Mine"}, headers=HERE)
    assert saved.status_code == 412
    assert "Another user changed the same fields. Nothing is saved yet." in saved.text
    notice = saved.text.split("Nothing is saved yet.")[1].split("</dl>")[0]
    assert value in notice
    assert "<bdi>Grace</bdi>" in notice
    assert 'role="alert" tabindex="-1" autofocus' in saved.text, "the keyboard begins at the notice"
    assert "Save anyway" in saved.text
    again = next(form for form in forms_in(saved.text) if form.action == path)
    assert again.fields[field] == "Mine"
    assert comparable({name: again.fields.get(name, "") for name in also_mine}) == before
    assert form_of(ada, path).fields[field] == value, "nothing is saved yet"
    assert ada.client.post(path, data=again.fields, headers=HERE).status_code == 303
    assert form_of(ada, path).fields[field] == "Mine"


def test_a_second_conflict_is_shown_too(ada: Browser, grace: Browser, seeded: Seeded) -> None:
    path = f"/events/{seeded.event_id}/edit"
    opened = form_of(ada, path)
    grace.send(path, path, {"name": "First"})
    again = ada.client.post(path, data=opened.fields | {"name": "Mine"}, headers=HERE)
    grace.send(path, path, {"name": "Second"})
    fields = next(form for form in forms_in(again.text) if form.action == path).fields
    third = ada.client.post(path, data=fields, headers=HERE)
    assert third.status_code == 412
    assert "Second" in third.text


def test_an_invalid_field_keeps_what_was_merged(ada: Browser, grace: Browser, seeded: Seeded) -> None:
    path = f"/events/{seeded.event_id}/edit"
    opened = form_of(ada, path)
    grace.send(path, path, {"name": "Summit of Grace"})
    wrong = ada.client.post(path, data=opened.fields | {"capacity": "many"}, headers=HERE)
    assert wrong.status_code == 422
    fields = next(form for form in forms_in(wrong.text) if form.action == path).fields
    assert (fields["name"], fields["capacity"]) == ("Summit of Grace", "many")
    assert ada.client.post(path, data=fields | {"capacity": "9"}, headers=HERE).status_code == 303
    now = form_of(ada, path).fields
    assert (now["name"], now["capacity"]) == ("Summit of Grace", "9")
