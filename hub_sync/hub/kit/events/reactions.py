"""Reactions of domains to domain events, in the transaction that emits them: what they write is committed with it, or not at all.

A domain has them in its module `reactions`, as `REACTIONS`: a function by the class of a domain event. It is called once before the
commit for all domain events of its class of one event (the gathering), so that a thousand changes cause one reaction. Reactions are
called in the order in which their domain lists them:

    REACTIONS = {ParticipantDeleted: free_seats}

The emitter knows none of them. What may follow after the commit belongs into a job instead.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from hub_sync.hub.kit.db.unit_of_work import BeforeCommitHook, Work
from hub_sync.hub.kit.events.change_feed import FeedKey

_NOTED = "noted_domain_events"
_MOST_ROUNDS = 8
Reaction = Callable[[Work, FeedKey, list[Any]], None]
"""(work, tenant and event, the domain events of the class in their order)."""
Reactions = Mapping[type[Any], Reaction]


def note(work: Work, tenant_id: str, events: Iterable[Any]) -> None:
    """Remember domain events of this transaction until it is about to commit."""
    noted: dict[tuple[FeedKey, type[Any]], list[Any]] = work.session.info.setdefault(_NOTED, {})
    for event in events:
        if event.event_id:
            noted.setdefault((FeedKey(tenant_id, event.event_id), type(event)), []).append(event)


def before_commit(reactions: Iterable[Reactions]) -> BeforeCommitHook:
    """Return the hook that calls the reactions of all domains; what they emit causes reactions in turn.

    Raises:
        RuntimeError: reactions cause each other without end, which is a defect.
    """
    by_class: dict[type[Any], list[Reaction]] = {}
    for each in reactions:
        for kind, reaction in each.items():
            by_class.setdefault(kind, []).append(reaction)

    def react(work: Work) -> None:
        for _ in range(_MOST_ROUNDS):
            noted = work.session.info.pop(_NOTED, None)
            if not noted:
                return
            calls: dict[tuple[FeedKey, Reaction], list[Any]] = {}
            for kind, called in by_class.items():
                for key in (key for key, noted_kind in noted if noted_kind is kind):
                    for reaction in called:
                        calls.setdefault((key, reaction), []).extend(noted[key, kind])
            for (key, reaction), events in calls.items():
                reaction(work, key, events)
        raise RuntimeError("the reactions to domain events don't end")

    return react
