"""The participants whose tickets are downloaded or reissued together: those of a list's filters who get a ticket."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from urllib.parse import parse_qsl, urlencode

from fastapi import Request
from sqlalchemy import Select, func, select

from hub_sync.hub.domains.check_in import service as check_in
from hub_sync.hub.domains.participants import service as participants
from hub_sync.hub.domains.participants.lists import PARTICIPANTS
from hub_sync.hub.domains.tickets.service import WITHDRAWN
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.hub.kit.lists.query_parameters import ListQuery, ParameterRepeated, ParameterUnknown

_LONGEST_NAME = 40
OWN_PARAMETERS = frozenset({"format", "language", "presence", "zone"})
"""Parameters of the routes that are not those of the list."""
_NEVER_EMPTY = frozenset({"q", "presence", "zone"})
Statement = Select[participants.Participant]


def select_participants(
    work: Work, key: FeedKey, query: ListQuery, parameters: Mapping[str, str]
) -> Statement:
    """Return the query of the participants whom the list of participants shows with the same parameters, on all its pages.

    Raises:
        BadRequest: 400, a filter that means nothing: a list ignores it, and here it would select everybody.
    """
    _check_filters(parameters)
    statement = participants.of_event(*key)
    exact = participants.find_exact(work, *key, query.search) if query.search else []
    if exact:
        query, statement = replace(query, search=""), statement.where(participants.Participant.id.in_(exact))
    statement = check_in.narrow_to_presence(statement, participants.Participant.id, key, parameters)
    return PARTICIPANTS.narrow(statement, query)


def _pairs(text: str) -> list[tuple[str, str]]:
    return parse_qsl(text, keep_blank_values=True)


async def parse_selection(request: Request) -> ListQuery:
    """Parse the filters of the list of participants from the address of a REST route: all pages of the list are meant.

    A search or a presence without a value, as a script sends it whose variable is empty, would select everybody: it is refused.
    """
    return parse_pairs(_pairs(request.scope["query_string"].decode("latin-1")), request.scope["path"])


def parse_pairs(pairs: Sequence[tuple[str, str]], path: str = "") -> ListQuery:
    """Parse the filters of the list of participants; an error is in the query, as that of a list is."""
    names = [name for name, _ in pairs]
    repeated = next((name for name in OWN_PARAMETERS if names.count(name) > 1), "")
    if repeated:
        return ListQuery(error=ParameterRepeated(parameter=repeated))
    empty = next((name for name, value in pairs if name in _NEVER_EMPTY and not value.strip()), "")
    if empty:
        return ListQuery(error=ParameterUnknown(parameter=f"{empty}="))
    others = [pair for pair in pairs if pair[0] not in OWN_PARAMETERS]
    specification = PARTICIPANTS.specification
    unknown = [name for name, _ in others if name != "q" and name not in specification.filters]
    if unknown:
        return ListQuery(error=ParameterUnknown(parameter=unknown[0][:_LONGEST_NAME]))
    return specification.parse_list(urlencode(others).encode(), path)


def is_filtered(query: ListQuery, parameters: Mapping[str, str]) -> bool:
    """Return True if the parameters ask for less than everybody."""
    return bool(query.conditions or query.search or parameters.get("presence"))


def _check_filters(parameters: Mapping[str, str]) -> None:
    known = PARTICIPANTS.specification.filters
    for name, value in parameters.items():
        if value and name.startswith("filter[") and name not in known:
            raise ParameterUnknown(parameter=name[:_LONGEST_NAME])
    presence = parameters.get("presence", "")
    if presence not in {"", *check_in.PresenceStatus}:
        raise ParameterUnknown(parameter=f"presence={presence}"[:_LONGEST_NAME])
    if parameters.get("zone") and not presence:
        raise ParameterUnknown(parameter="zone")


def with_ticket(statement: Statement) -> Statement:
    """Return the query without cancelled and rejected registrations, which get no ticket."""
    return statement.where(participants.Participant.status.not_in(list(WITHDRAWN)))


def count(work: Work, statement: Statement) -> int:
    """Return how many participants a query selects."""
    return work.session.scalar(select(func.count()).select_from(statement.order_by(None).subquery())) or 0


def read_in_parts(
    work: Work, statement: Statement, after_id: str, size: int
) -> Sequence[participants.Participant]:
    """Return the next participants of a query, by id."""
    column = participants.Participant.id
    return work.session.scalars(statement.where(column > after_id).order_by(column).limit(size)).all()
