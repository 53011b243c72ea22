"""The things of a tenant that definitions name: users and roles that decide, business hours, and templates of messages.

Messages stand on workflows and register their templates here (`add_message_templates`), so workflows need not know them.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from hub_sync.hub.domains.accounts import service as accounts
from hub_sync.hub.domains.accounts.service import User
from hub_sync.hub.domains.workflows.calendars import calendars
from hub_sync.hub.domains.workflows.definition.checks import Surroundings
from hub_sync.hub.domains.workflows.execution_manifest import WORKFLOWS_DECIDE
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.hub.kit.security.permissions import grants


@dataclass(frozen=True, slots=True)
class MessageTemplateChoice:
    """A template that a step can send.

    Attributes:
        id: what the step names.
        label: its name and channel.
        others: ids of its other versions and languages, by which older definitions may name it.
    """

    id: str
    label: str
    others: frozenset[str] = frozenset()


LoadTemplates = Callable[[Work, FeedKey], Sequence[MessageTemplateChoice]]
_TEMPLATES: list[LoadTemplates] = []


def add_message_templates(load: LoadTemplates) -> None:
    """Register the templates of messages that an event can use."""
    _TEMPLATES.append(load)


def message_templates(work: Work, key: FeedKey) -> list[MessageTemplateChoice]:
    """Return the templates that a step of the event's workflows can send, by name."""
    choices = (choice for load in _TEMPLATES for choice in load(work, key))
    return sorted(choices, key=lambda choice: choice.label.casefold())


def deciding_roles(work: Work, tenant_id: str) -> list[str]:
    """Return the names of the roles that may decide tasks."""
    roles = accounts.roles_of(work, tenant_id)
    return [
        name
        for name, permissions in roles.items()
        if any(grants(permission, WORKFLOWS_DECIDE) for permission in permissions)
    ]


def deciding_users(work: Work, tenant_id: str) -> list[User]:
    """Return the active users who may decide tasks, by address."""
    roles = deciding_roles(work, tenant_id)
    return [user for user in accounts.all_users(work, tenant_id) if user.active and user.role in roles]


def surroundings_of(work: Work, key: FeedKey) -> Surroundings:
    """Return what a definition of the event may name."""
    templates = message_templates(work, key)
    return Surroundings(
        users={user.id for user in deciding_users(work, key.tenant_id)},
        roles=set(deciding_roles(work, key.tenant_id)),
        templates={id_ for choice in templates for id_ in (choice.id, *choice.others)},
        calendars=set(calendars.names(work, key.tenant_id)),
    )
