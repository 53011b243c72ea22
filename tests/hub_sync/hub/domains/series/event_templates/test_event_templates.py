"""Event templates that nobody spoils: made and used by cloning alone, and never where live events are."""

from collections.abc import Callable, Sequence
from typing import Any

import pytest
from sqlalchemy import select
from starlette.testclient import TestClient

from hub_sync.contract.enums import EventStatus
from hub_sync.hub.domains.devices import event_assignment
from hub_sync.hub.domains.events import event_switcher
from hub_sync.hub.domains.events import service as events
from hub_sync.hub.domains.events.errors import EventIsTemplate, EventTemplateStatusFixed
from hub_sync.hub.domains.events.service import EventChanges, EventNotFound, NewEvent
from hub_sync.hub.domains.feature_flags import service as feature_flags
from hub_sync.hub.domains.participants import service as participants
from hub_sync.hub.domains.participants.service import NewParticipant
from hub_sync.hub.domains.queue.tickets.actions import Clerk, issue
from hub_sync.hub.domains.registration import configuration
from hub_sync.hub.domains.registration.errors import RegistrationPageUnknown
from hub_sync.hub.domains.registration.manifest import FF_REGISTRATION_PAGE
from hub_sync.hub.domains.registration.service import RegistrationSettingsChanges
from hub_sync.hub.domains.series import service
from hub_sync.hub.domains.series.manifest import FF_EVENT_CLONE
from hub_sync.hub.domains.series.service import CloneOptions
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.hub.kit.events.domain_events import StoredDomainEvent
from tests.hub_sync.hub.console.browser_client import Browser
from tests.hub_sync.hub.domains.check_in.conftest import CallerFactory, error_code, make_caller
from tests.hub_sync.hub.domains.operators.conftest import admin
from tests.hub_sync.hub.domains.series.conftest import NEXT_YEAR, Cloning
from tests.hub_sync.hub.domains.series.test_pages import FORM, hash_in

__all__ = ["admin", "make_caller"]


@pytest.fixture(autouse=True)
def flags(cloning: Cloning) -> None:
    """Switch cloning and the registration page on."""
    with cloning.hub.uow.begin() as work:
        for flag in (FF_EVENT_CLONE, FF_REGISTRATION_PAGE):
            feature_flags.switch(work, cloning.key.tenant_id, flag, True)
        configuration.update_settings(work, cloning.key, RegistrationSettingsChanges(is_active=True))


@pytest.fixture
def template(cloning: Cloning) -> FeedKey:
    """Return a template of the seeded event, with all that is switched on there."""
    clone = cloning.run(slug="pattern", name="Pattern", start_on=None, as_template=True, stays_active=True)
    return FeedKey(cloning.key.tenant_id, clone.target_event_id or "")


def test_a_template_keeps_the_dates_and_an_event_from_it_gets_its_own(
    cloning: Cloning, template: FeedKey
) -> None:
    from_template = Cloning(cloning.hub, template, {})
    plan = from_template.plan()
    assert plan.problems == []
    created = from_template.run(plan.plan_hash)
    with cloning.hub.uow.read() as work:
        source, pattern = events.read(work, *cloning.key), events.read(work, *template)
        assert (pattern.status, pattern.starts_at) == (EventStatus.TEMPLATE, source.starts_at)
        event = events.get(work, template.tenant_id, created.target_event_id or "")
        assert (event.status, event.starts_at.year) == (EventStatus.DRAFT, 2027)
        assert events.get_template(work, *template).name == "Pattern"
        with pytest.raises(EventNotFound):
            events.get_template(work, *cloning.key)


def test_a_template_is_nowhere_where_live_events_are(cloning: Cloning, template: FeedKey) -> None:
    with cloning.hub.uow.read() as work:
        listed: list[Sequence[Any]] = [
            work.session.scalars(events.events_of(template.tenant_id)).all(),
            events.list_not_over(work, template.tenant_id),
        ]
        assert all(cloning.key.event_id in {event.id for event in each} for each in listed)
        assert all(template.event_id not in {event.id for event in each} for each in listed)
        assert template.event_id not in events.zones_not_over(work, template.tenant_id)
        assert template not in events.list_exit_all(work)
        choices = event_switcher.event_choices(work, template.tenant_id, cloning.key.event_id)
        assert template.event_id not in {each.id for each in choices}
        chosen = event_switcher.event_choices(work, template.tenant_id, template.event_id)
        assert [each.id for each in chosen if each.is_template] == [template.event_id]
        assert configuration.find_page(work, cloning.key.event_id) == cloning.key
        with pytest.raises(RegistrationPageUnknown):
            configuration.find_page(work, template.event_id)
        types = select(StoredDomainEvent.type).where(StoredDomainEvent.event_id == template.event_id)
        assert work.session.scalars(types).all() == [], "webhooks hear nothing of a template"


def test_nobody_is_registered_for_a_template_or_imported_and_no_station_gets_it(
    cloning: Cloning, template: FeedKey
) -> None:
    person = NewParticipant(first_name="Noor", last_name="Haddad")
    refused: dict[str, Callable[[Work], object]] = {
        "registered": lambda work: participants.create(work, *template, person),
        "registered together": lambda work: participants.create_many(work, *template, [person]),
        "carried over": lambda work: service.plan_clone(
            work, *cloning.key, CloneOptions(into_event_id=template.event_id)
        ),
        "imported": lambda work: events.check_live(work, *template),
        "served": lambda work: event_assignment.check_may_serve(
            work, template.tenant_id, [template.event_id]
        ),
        "queues": lambda work: issue(work, template, "any", Clerk()),
    }
    for name, act in refused.items():
        with pytest.raises(EventIsTemplate), cloning.hub.uow.begin() as work:
            pytest.fail(f"{name}: {act(work)}")


def test_a_status_alone_makes_no_template_and_no_event(cloning: Cloning, template: FeedKey) -> None:
    with cloning.hub.uow.read() as work:
        values = {name: getattr(events.get(work, *cloning.key), name) for name in NewEvent.model_fields}
    new = NewEvent(**values | {"slug": "another", "status": EventStatus.TEMPLATE})
    acts: list[Callable[[Work], object]] = [
        lambda work: events.create(work, template.tenant_id, new),
        lambda work: events.update(work, *template, EventChanges(status=EventStatus.PUBLISHED)),
        lambda work: events.update(work, *cloning.key, EventChanges(status=EventStatus.TEMPLATE)),
    ]
    for act in acts:
        with pytest.raises(EventTemplateStatusFixed), cloning.hub.uow.begin() as work:
            act(work)
    with cloning.hub.uow.begin("user:admin") as work:
        assert events.update(work, *template, EventChanges(name="Pattern 2")).status is EventStatus.TEMPLATE


def test_a_template_is_made_listed_and_used_over_rest(
    cloning: Cloning, make_caller: CallerFactory, client: TestClient
) -> None:
    operator = make_caller("event-clone:execute", "events:read", "events:update")
    wish = {"slug": "pattern", "as_template": True}
    assert error_code(operator.call("POST", "/clone-plans", json=wish), 403) == "PermissionMissing"
    admin = make_caller("event-clone:execute", "events:read", "event-templates:manage")
    plan = admin.data("POST", "/clone-plans", json=wish)
    assert plan["warnings"] == [note for note in plan["warnings"] if note["code"] != "in_the_past"]
    clone = admin.data("POST", "/clones", json=wish | {"plan_hash": plan["plan_hash"]})
    template_id = clone["target_event_id"]
    undo = operator.call("POST", f"/clones/{clone['id']}/undo")
    assert error_code(undo, 403) == "PermissionMissing"

    def ids(path: str) -> list[str]:
        answer = client.get(f"/api/v1{path}", headers=operator.headers)
        assert answer.status_code == 200, answer.text
        return [each["id"] for each in answer.json()["data"]]

    assert template_id not in ids("/events")
    assert template_id not in ids("/events?filter[status]=DRAFT")
    assert ids("/events?filter[status]=TEMPLATE") == ids("/event-templates") == [template_id]
    path = f"/api/v1/event-templates/{template_id}"
    plan = client.post(f"{path}/event-plans", json=NEXT_YEAR, headers=operator.headers).json()["data"]
    request = NEXT_YEAR | {"plan_hash": plan["plan_hash"]}
    created = client.post(f"{path}/events", json=request, headers=operator.headers)
    assert (created.status_code, created.json()["data"]["source_event_id"]) == (201, template_id)
    none = client.post(
        f"/api/v1/event-templates/{cloning.key.event_id}/events", json=request, headers=operator.headers
    )
    assert error_code(none, 404) == "EventNotFound", "an event that takes place is no template"
    changed = client.put(
        f"/api/v1/events/{template_id}", json={"name": "X"}, headers=operator.headers | {"If-Match": "*"}
    )
    assert error_code(changed, 403) == "EventTemplateProtected"


def test_the_console_saves_a_template_says_so_on_its_pages_and_makes_an_event_from_it(
    admin: Browser, cloning: Cloning
) -> None:
    base = f"/events/{cloning.key.event_id}"
    assert "No templates yet" in admin.read("/event-templates")
    assert "checked" in admin.read(f"{base}/clone?template=1").split('name="as_template"')[1].split(">")[0]
    sent = FORM | {"slug": "pattern", "name": "Pattern", "as_template": "1"}
    html = admin.post(f"{base}/clone/plan", sent).text
    admin.post(f"{base}/clone/run", sent | {"plan_hash": hash_in(html)})
    with cloning.hub.uow.read() as work:
        template_id = events.get_by_slug(work, cloning.key.tenant_id, "pattern").id
    banner = "This is a template."
    for page in ("", "/edit", "/checkpoints", "/participants", "/clones"):
        assert banner in admin.read(f"/events/{template_id}{page}"), page
        assert banner not in admin.read(f"{base}{page}"), page
    listed = admin.read("/event-templates")
    assert ">Pattern<" in listed
    assert "New event from this template" in listed
    assert "pattern" not in admin.read("/events")
    admin.post(f"/events/{template_id}/call-off", {"version": "1"})
    form = f"/event-templates/{template_id}/new"
    assert "New event from this template" in admin.read(form)
    html = admin.post(f"{form}/plan", FORM).text
    admin.post(f"{form}/run", FORM | {"plan_hash": hash_in(html)})
    with cloning.hub.uow.read() as work:
        created = events.get_by_slug(work, cloning.key.tenant_id, str(FORM["slug"]))
        assert created.status is EventStatus.DRAFT
        assert events.get(work, cloning.key.tenant_id, template_id).status is EventStatus.TEMPLATE
    assert banner not in admin.read(f"/events/{created.id}")
