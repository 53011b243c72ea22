"""Navigation of the console: domains declare entries, the caller sees the permitted ones."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from hub_sync.hub.console.i18n.translation import N_, _
from hub_sync.hub.kit.domain.manifest import NavigationEntry
from hub_sync.hub.kit.security.access import Caller

GROUPS: dict[str, str] = {
    "event": N_("Event"),
    "venue": N_("Venue"),
    "queues": N_("Queues"),
    "settings": N_("Settings"),
}
"""The groups in their order. Paths of the first three may hold `{event_id}`: they are about the chosen event."""


@dataclass(frozen=True, slots=True)
class NavLink:
    """An entry as one page shows it; `current` marks the page's own part of the console."""

    label: str
    path: str
    icon: str
    current: bool
    counter: str = ""
    """The name of the number beside it; empty: it has none."""
    count: int = 0
    """That number, of what waits there; 0: it is not shown."""


@dataclass(frozen=True, slots=True)
class NavGroup:
    """Entries under a heading."""

    name: str
    label: str
    links: tuple[NavLink, ...]


def navigation(
    items: Sequence[NavigationEntry],
    caller: Caller,
    event_id: str,
    path: str,
    count: Callable[[str], int] = lambda _name: 0,
) -> tuple[NavGroup, ...]:
    """Return the groups of entries that the caller may open, for one page; `count` counts what an entry's `counter` names."""
    groups = []
    here = _part_of([item for item in items if _open_to(item, caller, event_id)], event_id, path)
    for name, label in GROUPS.items():
        visible = sorted(
            (item for item in items if item.group == name and _open_to(item, caller, event_id)),
            key=lambda item: (item.order, item.label),
        )
        paths = [item.path.replace("{event_id}", event_id) for item in visible]
        links = tuple(
            NavLink(
                _(item.label),
                to,
                item.icon,
                to == here,
                item.counter,
                count(item.counter) if item.counter else 0,
            )
            for item, to in zip(visible, paths, strict=True)
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
    """Return the path of the entry that a page belongs to: the one with the longest common beginning."""
    beginnings = {
        beginning.replace("{event_id}", event_id): item.path.replace("{event_id}", event_id)
        for item in items
        for beginning in (item.path, *item.covers)
    }
    fitting = [start for start in beginnings if path == start or path.startswith(f"{start}/")]
    return beginnings[max(fitting, key=len)] if fitting else ""
