"""The console's navigation: every domain says what it adds, the caller sees what they may."""

from collections.abc import Sequence
from dataclasses import dataclass

from hub_sync.hub.console.i18n.translation import N_, _
from hub_sync.hub.kit.domain.manifest import NavigationEntry
from hub_sync.hub.kit.security.access import Caller

GROUPS: dict[str, str] = {"event": N_("Event"), "venue": N_("Venue"), "settings": N_("Settings")}
"""The groups in their order. Paths of the first two may hold `{event_id}`: they are about the chosen event."""


@dataclass(frozen=True, slots=True)
class NavLink:
    """An entry as one page shows it; `current` marks the page's own part of the console."""

    label: str
    path: str
    icon: str
    current: bool


@dataclass(frozen=True, slots=True)
class NavGroup:
    """Entries under a heading."""

    name: str
    label: str
    links: tuple[NavLink, ...]


def navigation(
    items: Sequence[NavigationEntry], caller: Caller, event_id: str, path: str
) -> tuple[NavGroup, ...]:
    """What this caller may go to from this page."""
    groups = []
    here = _part_of([one for one in items if _open_to(one, caller, event_id)], event_id, path)
    for name, label in GROUPS.items():
        seen = sorted(
            (one for one in items if one.group == name and _open_to(one, caller, event_id)),
            key=lambda one: (one.order, one.label),
        )
        paths = [one.path.replace("{event_id}", event_id) for one in seen]
        links = tuple(
            NavLink(_(one.label), to, one.icon, current=to == here)
            for one, to in zip(seen, paths, strict=True)
        )
        if links:
            groups.append(NavGroup(name, _(label), links))
    return tuple(groups)


def _open_to(item: NavigationEntry, caller: Caller, event_id: str) -> bool:
    return (
        caller.has_flag(item.flag)
        and caller.has_any_permission(item.any_of)
        and (bool(event_id) or "{event_id}" not in item.path)
    )


def _part_of(items: Sequence[NavigationEntry], event_id: str, path: str) -> str:
    """The path of the entry that a page belongs to: the one that says most of the page's own path."""
    beginnings = {
        beginning.replace("{event_id}", event_id): one.path.replace("{event_id}", event_id)
        for one in items
        for beginning in (one.path, *one.covers)
    }
    fitting = [one for one in beginnings if path == one or path.startswith(f"{one}/")]
    return beginnings[max(fitting, key=len)] if fitting else ""
