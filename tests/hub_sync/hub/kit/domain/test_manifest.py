"""Tests of the manifests: what a domain declares is used, what is used is declared, and all of it has a label in every language."""

import ast
import dataclasses
import re
from collections.abc import Iterator, Mapping
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import TypeVar

import pytest
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts

import hub_sync.hub
from hub_sync.hub.console.i18n.translation import DEFAULT, LANGUAGES
from hub_sync.hub.domains import DOMAINS, parts, registry
from hub_sync.hub.domains.audit.history import HIDDEN, field_name, spelled
from hub_sync.hub.kit.db.row_snapshots import snapshot
from hub_sync.hub.kit.domain.audit_actions import AuditAction, Entity
from hub_sync.hub.kit.errors import HubError
from hub_sync.hub.kit.events.domain_events import DomainEvent
from hub_sync.hub.kit.http.problems import MEMBERS
from hub_sync.hub.kit.security.permissions import Permission
from tests.hub_sync.hub.console.marked_messages import missing_in

HUB = Path(hub_sync.hub.__file__).parent
ASKED_BY_GUARD = {"event-templates:manage"}
"""Asked for by the guard of all routes of an event (`events/test_template_guard.py`), and by options of a clone."""
T = TypeVar("T")
PLACEHOLDER = re.compile(r"%\((\w+)\)s")


@cache
def sources() -> Mapping[Path, ast.Module]:
    """Parse the modules of the hub, migrations aside."""
    files = (file for file in HUB.rglob("*.py") if "versions" not in file.parts)
    return {file: ast.parse(file.read_text("utf-8")) for file in files}


@cache
def names_used() -> frozenset[str]:
    """Return every name that a module other than a manifest or an `errors.py` reads, imports aside."""
    return frozenset(
        node.id
        for file, tree in sources().items()
        if file.name not in ("manifest.py", "errors.py")
        for node in ast.walk(tree)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)
    )


def manifest_constants(kind: type) -> Iterator[tuple[str, object]]:
    """Yield (name, value) of the constants of a kind in the manifests of all domains."""
    for domain in DOMAINS:
        module = import_module(f"hub_sync.hub.domains.{domain}.manifest")
        for name, value in vars(module).items():
            if isinstance(value, kind):
                yield f"{domain}.{name}", value


def subclasses(kind: type[T]) -> Iterator[type[T]]:
    """Yield all classes of the hub that are derived from a class."""
    for derived in kind.__subclasses__():
        if derived.__module__.startswith("hub_sync."):
            yield derived
        yield from subclasses(derived)


_RAISING_FUNCTIONS = (".raise_if_exceeded", "check_version")


def names_raised() -> frozenset[str]:
    """Return every name that is raised, returned, constructed, or a value of a dictionary of errors."""
    places: list[ast.AST] = []
    for tree in sources().values():
        for node in ast.walk(tree):
            if isinstance(node, ast.Raise) and node.exc is not None:
                places.append(node.exc)
            elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith(_RAISING_FUNCTIONS):
                places += node.args
            elif isinstance(node, ast.keyword) and node.arg == "error":
                places.append(node.value)
            elif isinstance(node, ast.Return | ast.Assign | ast.AnnAssign) and node.value is not None:
                places += [node.value] if isinstance(node.value, ast.Call | ast.IfExp) else []
                places += node.value.values if isinstance(node.value, ast.Dict) else []
    nodes = [node for place in places for node in ast.walk(place)]
    names = {node.id for node in nodes if isinstance(node, ast.Name)}
    return frozenset(names | {node.attr for node in nodes if isinstance(node, ast.Attribute)})


# --- domain events -----------------------------------------------------------------------------------


def test_every_domain_event_that_is_declared_is_emitted() -> None:
    declared = set(registry().domain_events)
    assert declared - names_used() == set()


def test_no_planned_event_is_emitted() -> None:
    planned = {kind.__name__ for manifest in registry().manifests for kind in manifest.planned_events}
    assert planned & names_used() == set()


def test_every_domain_event_is_listed_in_a_manifest() -> None:
    listed = {
        kind
        for manifest in registry().manifests
        for kind in (*manifest.domain_events, *manifest.planned_events)
    }
    written = {kind for kind in subclasses(DomainEvent) if not kind.__subclasses__()}
    assert written <= listed
    assert all(dataclasses.is_dataclass(kind) and kind.label for kind in listed)


def test_domain_events_are_about_declared_entities() -> None:
    known = set(registry().entities)
    assert {kind.entity for kind in registry().domain_events.values()} <= known


def test_an_example_has_the_members_of_its_message() -> None:
    for event_type, kind in registry().event_types.items():
        fields = {field.name.removesuffix("_"): None for field in dataclasses.fields(kind)}
        payload = {name: 0 for name in fields if name not in ("entity_id", "event_id")}
        assert set(kind.message_data("id", payload)) == set(kind.example), event_type


# --- audit actions and permissions -------------------------------------------------------------------


def test_every_audit_action_that_is_declared_is_recorded() -> None:
    for name, action in manifest_constants(AuditAction):
        assert isinstance(action, AuditAction)
        assert name.partition(".")[2] in names_used(), f"{name} is declared and never recorded"
        assert registry().audit_actions[action.entity.name, action.name] is action, f"{name} is not listed"


def test_every_entity_is_listed_in_a_manifest() -> None:
    for name, entity in manifest_constants(Entity):
        assert isinstance(entity, Entity)
        assert registry().entities[entity.name] is entity, name


def test_every_permission_that_is_declared_is_asked_for(app: FastAPI) -> None:
    required: set[str] = set()
    for context in iter_route_contexts(app.routes):
        access = getattr(context.endpoint, "access", None)
        required |= set(access.any_of) if access else set()
    declared = {
        str(permission)
        for manifest in registry().manifests
        for group in manifest.permissions
        for permission in group.permissions
    }
    assert declared - required == ASKED_BY_GUARD
    assert required <= set(registry().permissions)


def test_every_permission_is_listed_in_a_manifest() -> None:
    assert {str(permission) for _, permission in manifest_constants(Permission)} == set(
        registry().permissions
    )


# --- errors ------------------------------------------------------------------------------------------


def test_every_error_that_is_declared_is_raised() -> None:
    raised = names_raised()
    never = {kind.__name__ for kind in subclasses(HubError) if kind.__name__ not in raised}
    assert {name for name in never if not _is_base(name)} == set()


def _is_base(name: str) -> bool:
    return any(kind.__name__ == name and kind.__subclasses__() for kind in subclasses(HubError))


def test_an_error_is_raised_with_what_its_sentence_names() -> None:
    templates = {kind.__name__: kind.template for kind in subclasses(HubError)}
    for file, tree in sources().items():
        for node in ast.walk(tree):
            if not isinstance(node, ast.Raise) or node.exc is None:
                continue
            call = node.exc if isinstance(node.exc, ast.Call) else None
            name = call.func if call else node.exc
            if not isinstance(name, ast.Name) or name.id not in templates:
                continue
            keywords = call.keywords if call else []
            if any(keyword.arg is None for keyword in keywords):
                continue
            passed = {keyword.arg for keyword in keywords}
            wanted = set(PLACEHOLDER.findall(templates[name.id]))
            assert wanted <= passed or (call and call.args), f"{file}:{node.lineno}: {name.id}"
            assert not passed & MEMBERS, f"{file}:{node.lineno}: {name.id} would be lost in the response"


# --- labels ------------------------------------------------------------------------------------------


def labels() -> Iterator[str]:
    """Yield every text that a domain or an error declares and a person may see."""
    for manifest in registry().manifests:
        for group in manifest.permissions:
            yield from (group.label, *(permission.label for permission in group.permissions))
        for flag in manifest.flags:
            yield from (flag.label, flag.description)
        yield from (entry.label for entry in manifest.navigation)
        yield from (label for _, label in manifest.webhook_groups)
        yield from (kind.label for kind in (*manifest.domain_events, *manifest.planned_events))
        yield from (action.label for action in manifest.audit_actions)
        for entity in manifest.entities:
            yield from (entity.label, *entity.fields.values())
            yield from (word for words in entity.values.values() for word in words.values())
    yield from (kind.template for kind in subclasses(HubError))


@pytest.mark.parametrize("language", [language for language in LANGUAGES if language != DEFAULT])
def test_every_label_has_a_translation(language: str) -> None:
    texts = set(labels())
    assert len(texts) > 200
    assert texts & {message for message in missing_in(language) if isinstance(message, str)} == set()


UNSEEN = {
    "user": {"totp_confirmed_at", "totp_last_step"},
    "api_key": {"key_check"},
    "webhook": {"probing_until", "resting_until"},
    "queue_counter": {
        "state",
        "state_device_id",
        "state_operator",
        "state_order",
        "state_reason",
        "state_since",
    },
    "kiosk_device": {
        "code_issued_by",
        "key_ring",
        "last_boot_id",
        "recent_boots",
        "report",
        "reported_at",
        "configuration",
        "configuration_version",
        "own_configuration",
    },
}
"""Columns that no audited change has: the program sets them by itself, or another entry tells of them."""


def test_every_field_in_the_history_of_a_thing_has_a_label() -> None:
    kinds = [kind for module in parts("tables") for kind in getattr(module, "ENTITY_NAMES", ())]
    for kind in kinds:
        if kind.entity.name == "queue_ticket":
            continue  # its history has chosen fields, and no columns
        columns = snapshot(kind.row()).keys() - set(HIDDEN) - UNSEEN.get(kind.entity.name, set())
        spelled_out = {
            name
            for name in columns - kind.entity.fields.keys()
            if field_name(kind.entity.name, name) == spelled(name)
        }
        assert not spelled_out, kind.entity.name
