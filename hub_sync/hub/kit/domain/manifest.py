"""The manifest of a domain: all that it adds to the hub, declared in one place.

    MANIFEST = DomainManifest(
        name="events",
        permissions=(PermissionGroup("events", N_("Events"), (EVENTS_READ, EVENTS_CREATE)),),
        navigation=(NavigationEntry(group="settings", label=N_("Events"), path="/events", permissions=EVENTS_READ),),
        openapi_tags=(OpenApiTag("events", "Gatherings that people come to."),),
        entities=(EVENT,),
        audit_actions=(EVENT_CREATED, EVENT_UPDATED, EVENT_DELETED),
        domain_events=(EventCreated, EventUpdated, EventDeleted),
    )

A manifest declares data and imports nothing but the kit, so that anything may import it. Code is found by the names of
the domain's modules: `tables`, `routes` (`router`), `pages` (`router`), `jobs` (`jobs(hub)`), `doctor` (`CHECKS`),
`counters` (`COUNTERS`), `listeners` (`LISTENERS`), `commands` (`COMMANDS`) and the folder `templates`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from hub_sync.hub.kit.domain.audit_actions import AuditAction, Entity
from hub_sync.hub.kit.events.domain_events import DomainEvent
from hub_sync.hub.kit.security.feature_flag import FeatureFlag
from hub_sync.hub.kit.security.permissions import PermissionGroup


@dataclass(frozen=True, slots=True)
class NavigationEntry:
    """An entry of the console's navigation.

    Attributes:
        group: the heading that it stands under (`console.navigation.GROUPS`).
        label: its text, marked with `N_`.
        path: where it leads; may hold `{event_id}` in groups that are about the chosen event.
        order: its place in the group; the smallest comes first.
        permissions: a permission, or several of which one is enough.
        flag: the flag that has to be on.
        counter: the name of a number that stands beside it, which the domain's module `counters` counts; empty: none.
        covers: beginnings of paths of pages that belong to it though they begin otherwise than `path`.
    """

    group: str
    label: str
    path: str
    order: int = 100
    permissions: str | Sequence[str] = ()
    flag: str | None = None
    icon: str = ""
    counter: str = ""
    covers: Sequence[str] = ()

    @property
    def any_of(self) -> tuple[str, ...]:
        """The permissions of which one is enough."""
        return (self.permissions,) if isinstance(self.permissions, str) else tuple(self.permissions)


@dataclass(frozen=True, slots=True)
class OpenApiTag:
    """A tag of the REST API's routes, as the documentation shows it (English).

    Attributes:
        name: as routes have it, `check-in`.
        description: one sentence.
        title: the section's heading; empty: the name, capitalised.
    """

    name: str
    description: str
    title: str = ""


@dataclass(frozen=True, slots=True)
class DomainManifest:
    """All that one domain declares.

    Attributes:
        name: the domain's folder.
        domain_events: what its services emit.
        planned_events: event types that subscriptions may name already, though nothing emits them until the domain is
            built. The webhook catalogue marks them as planned, and the console does not offer them.
        webhook_groups: headings for event types by the part before their dot (`scan`), marked with `N_`.
    """

    name: str
    permissions: tuple[PermissionGroup, ...] = ()
    flags: tuple[FeatureFlag, ...] = ()
    navigation: tuple[NavigationEntry, ...] = ()
    openapi_tags: tuple[OpenApiTag, ...] = ()
    entities: tuple[Entity, ...] = ()
    audit_actions: tuple[AuditAction, ...] = ()
    domain_events: tuple[type[DomainEvent], ...] = ()
    planned_events: tuple[type[DomainEvent], ...] = ()
    webhook_groups: tuple[tuple[str, str], ...] = ()
