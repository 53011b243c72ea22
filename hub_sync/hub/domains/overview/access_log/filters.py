"""The filters of the access log's page: what the form says, as conditions, with a message beside each field that is wrong."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, String, type_coerce

from hub_sync.contract.enums import ReasonCode, ScanResult
from hub_sync.hub.console import FormInvalid, Page, _
from hub_sync.hub.console.i18n.formats import number
from hub_sync.hub.console.local_times import to_instant
from hub_sync.hub.domains.check_in import service as check_in
from hub_sync.hub.domains.check_in.service import AccessLog, Outcome
from hub_sync.hub.domains.events.service import Event
from hub_sync.hub.domains.participants import service as participants
from hub_sync.hub.domains.participants.lists import PARTICIPANTS
from hub_sync.hub.domains.participants.manifest import PARTICIPANTS_READ
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.hub.kit.lists.filters import Filter
from hub_sync.hub.kit.lists.query_parameters import ListQuery

MOST_PEOPLE = 100
"""The most people that a text in the field of the person may mean."""
_LONGEST_TEXT = 200
_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True)
class LogFilters:
    """The conditions of the form, and what is wrong with it by field."""

    conditions: Sequence[ColumnElement[bool]] = ()
    errors: Mapping[str, str] = field(default_factory=dict)
    is_filtered: bool = False
    """True if the form asks for less than the whole log."""
    names_people: bool = False
    """True if the form asks for the scans of some people: few rows, which their own index finds."""

    def select(self, statement: Select[Any], query: ListQuery) -> tuple[Select[Any], ListQuery]:
        """Return the statement for the rows that the form asks for, and what the list still has to filter.

        SQLite has no statistics. Beside the condition on people, all others are written so that no index serves them, or it
        may read all scans of a checkpoint for those of one person.
        """
        statement = statement.where(*self.conditions)
        if not self.names_people:
            return statement, query
        others = [_without_index(column_filter, values) for column_filter, values in query.conditions]
        return statement.where(*others), replace(query, conditions=())


def read_filters(page: Page, work: Work, event: Event, query: ListQuery) -> LogFilters:
    """Return the filters in the address of a page; `query` is what the list's own parameters say."""
    values = {
        name: page.request.query_params.get(name, "").strip()
        for name in ("outcome", "reason", "person", "from", "to")
    }
    if not page.caller.has_permission(PARTICIPANTS_READ):
        values["person"] = ""
    conditions: list[ColumnElement[bool]] = []
    errors: dict[str, str] = {}
    if values["person"]:
        conditions += _person_conditions(work, FeedKey(event.tenant_id, event.id), values["person"], errors)
    names_people = bool(conditions)
    for name, choices in (("outcome", Outcome), ("reason", ReasonCode)):
        if values[name] and values[name] not in set(choices):
            errors[name] = _("Choose one of the list.")
    if values["outcome"] in set(Outcome):
        is_overridden = values["outcome"] == Outcome.OVERRIDDEN
        conditions.append(
            _text(AccessLog.result) == ScanResult.MANUAL_OVERRIDE.value
            if names_people and is_overridden
            else check_in.outcome_condition(Outcome(values["outcome"]))
        )
    if values["reason"] in set(ReasonCode):
        reason = ReasonCode(values["reason"])
        conditions.append(
            _text(AccessLog.reason_code) == reason.value if names_people else AccessLog.reason_code == reason
        )
    conditions += _time_conditions(values["from"], values["to"], event.time_zone, errors)
    is_filtered = any(values.values()) or bool(query.conditions)
    return LogFilters(conditions, errors, is_filtered, names_people)


def _without_index(column_filter: Filter, values: list[Any]) -> ColumnElement[bool]:
    """Return the condition of a filter; one that compares texts is written so that no index serves it."""
    if column_filter.operator or not isinstance(column_filter.column.type, String):
        return column_filter.condition(values)
    return _text(column_filter.column).in_([getattr(value, "value", value) for value in values])


def _text(column: Any) -> ColumnElement[str]:
    return type_coerce(column, String).concat("")


def _time_conditions(begin: str, end: str, zone: str, errors: dict[str, str]) -> list[ColumnElement[bool]]:
    """Return the conditions of the span, whose last minute belongs to it."""
    first = _instant("from", begin, zone, errors)
    last = _instant("to", end, zone, errors)
    if first and last and last <= first:
        errors["to"] = _("The end is before the beginning.")
    conditions: list[ColumnElement[bool]] = []
    if first:
        conditions.append(AccessLog.scanned_at >= first)
    if last:
        conditions.append(AccessLog.scanned_at < last)
    return conditions


def _instant(name: str, text: str, zone: str, errors: dict[str, str]) -> datetime | None:
    if not text:
        return None
    try:
        typed = datetime.fromisoformat(text).replace(tzinfo=None, second=0, microsecond=0)
        at = to_instant(name, typed, zone, end=name == "to")
        return at + _MINUTE if name == "to" else at
    except FormInvalid as error:
        errors |= error.fields
    except (ValueError, OverflowError):
        errors[name] = _("Give a day and a time, such as %(example)s.") % {"example": "2026-06-10T12:00"}
    return None


def _person_conditions(
    work: Work, key: FeedKey, text: str, errors: dict[str, str]
) -> list[ColumnElement[bool]]:
    """Return the condition for the scans of whom a text means: an id, a code, an e-mail address or parts of a name."""
    ids = list(participants.find_persons(work.session, key, [text])) if len(text) <= _LONGEST_TEXT else []
    if not ids:
        ids = participants.find_exact(work, *key, text)
    if not ids:
        query = ListQuery(limit=MOST_PEOPLE, search=text[:_LONGEST_TEXT], sort=(("id", False),))
        matches = PARTICIPANTS.page(work, participants.of_event(*key), query)
        if (matches.total or 0) > MOST_PEOPLE:
            errors["person"] = _("%(count)s people match: type more of the name, or the code.") % {
                "count": number(matches.total)
            }
            return []
        ids = [row.id for row in matches.rows]
    if not ids:
        errors["person"] = _("Nobody of this name, code or e-mail address is registered.")
        return []
    merged = {other for id_ in ids for other in participants.merged_into(work.session, key, id_)}
    return [AccessLog.participant_id.in_(sorted({*ids, *merged}))]
