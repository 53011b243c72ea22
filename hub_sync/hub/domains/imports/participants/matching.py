"""Find who is registered already for the rows of a file, and say what would change."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Row

from hub_sync.hub.domains.duplicates.service import RegisteredPeople, similar_to
from hub_sync.hub.domains.imports.importable import ParsedRow
from hub_sync.hub.domains.imports.issues import Cause, Issue, RowOutcome
from hub_sync.hub.domains.imports.options import ImportOptions, Matched, MatchKey, Unmatched
from hub_sync.hub.domains.participants import service as participants
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.events.change_feed import FeedKey

MOST_REGISTERED, MOST_HINTED = 20_000, 5_000
"""People of an event, and rows of a file, up to which it is looked for who is alike: the run of duplicates finds the others."""
_NAMES = ("first_name", "last_name")
_COMPARED = (
    *_NAMES,
    "email",
    "phone",
    "registration_code",
    "external_id",
    "status",
    "category",
    "group_ref",
)


class ParticipantMatcher:
    """Matches the rows of one file, in their order: it remembers the codes, ids and addresses above."""

    def __init__(self, work: Work, key: FeedKey, options: ImportOptions, *, of_few: bool = False) -> None:
        """Read what the whole event has to be known for.

        Args:
            work: the unit of work, a reading one.
            key: the event.
            options: by what is matched, and what becomes of it.
            of_few: True: the database is asked who is alike, for each row, and not everybody is read.
        """
        self._key, self._options = key, options
        self._above: dict[str, dict[str, int]] = {}
        self._categories = set(participants.categories(work, *key))
        by_email = options.match_by is MatchKey.EMAIL
        is_small = participants.count(work, *key) <= MOST_REGISTERED
        self._is_few = of_few
        self._registered = RegisteredPeople.read(work, *key) if is_small and not of_few else None
        self._hinted = 0
        self._by_email = participants.ids_by_email(work, *key) if by_email else {}

    def match(self, work: Work, rows: Sequence[ParsedRow]) -> None:
        """Set outcome, target, `before` and issues of some rows."""
        by_code = participants.find_many_by(
            work, *self._key, "code_normal", [row.values.get("code_normal", "") for row in rows]
        )
        by_external = participants.find_many_by(
            work, *self._key, "external_id", [row.values.get("external_id") or "" for row in rows]
        )
        emails = [id_ for row in rows for id_ in self._by_email.get(_email(row), ())]
        by_id = {row.id: row for row in participants.find_many_by(work, *self._key, "id", emails).values()}
        for row in rows:
            self._match(row, by_code, by_external, by_id)
        self._screen(work, [row for row in rows if row.outcome is RowOutcome.CREATE])

        self._hint(work, [row for row in rows if row.outcome is RowOutcome.CREATE])

    def _hint(self, work: Work, rows: Sequence[ParsedRow]) -> None:
        """Ask to look at who may be registered already; that is a hint, and refuses nobody."""
        if self._registered is None and not self._is_few:
            return
        for row in rows[: max(0, MOST_HINTED - self._hinted)]:
            self._hinted += 1
            if self._registered is not None:
                hints = self._registered.similar_to(row.values)
            else:
                hints = similar_to(work, *self._key, row.values)
            if hints:
                row.issues.append(Issue(Cause.SIMILAR, parameters={"participant_id": hints[0].id}))

    def _screen(self, work: Work, rows: Sequence[ParsedRow]) -> None:
        """Refuse who may not be registered, and ask to look twice at whom a person has to decide about. Neither says why."""
        people = [participants.data_of_values(row.values) for row in rows]
        for row, result in zip(rows, participants.screen(work, self._key, people), strict=True):
            if result.is_blocked:
                row.issues.append(Issue(Cause.BLOCKED, "", ""))
                row.outcome = RowOutcome.REFUSE
            elif result.standing:
                row.issues.append(Issue(Cause.FLAGGED, "", ""))

    def _match(
        self,
        row: ParsedRow,
        by_code: Mapping[str, Row[Any]],
        by_external: Mapping[str, Row[Any]],
        by_id: Mapping[str, Row[Any]],
    ) -> None:
        code, external = row.values.get("code_normal", ""), row.values.get("external_id") or ""
        of_code, of_external = by_code.get(code), by_external.get(external)
        matched: Row[Any] | None = None
        match self._options.match_by:
            case MatchKey.REGISTRATION_CODE:
                matched = of_code
            case MatchKey.EXTERNAL_ID:
                matched = of_external
            case MatchKey.EMAIL:
                matched = self._of_email(row, by_id)
            case MatchKey.NONE:
                pass
        if matched is not None and matched.deleted_at is not None:
            matched = None
        self._refuse_taken(row, matched, of_code, of_external)
        self._refuse_twice(row, matched, code, external)
        category = row.values.get("category")
        if category and category not in self._categories:
            row.issues.append(Issue(Cause.CATEGORY_NEW, "category", category))
        if matched is None:
            self._plan_new(row, of_code)
        else:
            self._plan_change(row, matched)
        if row.is_refused:
            row.outcome = RowOutcome.REFUSE

    def _of_email(self, row: ParsedRow, by_id: Mapping[str, Row[Any]]) -> Row[Any] | None:
        ids = self._by_email.get(_email(row), ())
        if len(ids) > 1:
            row.issues.append(Issue(Cause.AMBIGUOUS, "email", row.values.get("email") or ""))
        return by_id.get(ids[0]) if ids else None

    def _refuse_taken(
        self,
        row: ParsedRow,
        matched: Row[Any] | None,
        of_code: Row[Any] | None,
        of_external: Row[Any] | None,
    ) -> None:
        for cause, name, other in (
            (Cause.CODE_TAKEN, "registration_code", of_code),
            (Cause.EXTERNAL_ID_TAKEN, "external_id", of_external),
        ):
            is_free = other is None or (matched is not None and other.id == matched.id)
            is_revived = matched is None and other is not None and other.deleted_at is not None
            if not is_free and not is_revived:
                row.issues.append(Issue(cause, name, row.values[name]))

    def _refuse_twice(self, row: ParsedRow, matched: Row[Any] | None, code: str, external: str) -> None:
        keys = [("registration_code", code), ("external_id", external)]
        if self._options.match_by is MatchKey.EMAIL:
            keys.append(("email", _email(row)))
        if matched is not None:
            keys.append(("", matched.id))
        row.keys = tuple((name, text) for name, text in keys if text)
        for number, (name, _text) in enumerate(row.keys):
            above = self.line_above(row.line, row.keys[number : number + 1])
            if above is not None:
                shown = str(row.values.get(name) or "")
                row.issues.append(Issue(Cause.TWICE, name, shown, {"above": above}))
                return

    def line_above(self, line: int, keys: Sequence[tuple[str, str]]) -> int | None:
        """Remember the keys of a row up to the first that a row above has; return the line of that row."""
        for name, text in keys:
            above = self._above.setdefault(name, {}).setdefault(text, line)
            if above != line:
                return above
        return None

    def _plan_new(self, row: ParsedRow, of_code: Row[Any] | None) -> None:
        row.outcome = RowOutcome.CREATE
        if self._options.match_by is not MatchKey.NONE and self._options.unmatched is Unmatched.REFUSE:
            name = self._options.match_by.value
            row.issues.append(Issue(Cause.UNMATCHED, name, str(row.values.get(name) or "")))
        row.values.setdefault("status", self._options.new_status.value)
        if of_code is not None and of_code.deleted_at is not None:
            row.target_id, row.target_version = of_code.id, of_code.version

    def _plan_change(self, row: ParsedRow, matched: Row[Any]) -> None:
        row.target_id, row.target_version = matched.id, matched.version
        before = {
            name: _json(getattr(matched, name))
            for name in _COMPARED
            if name in row.values and not _is_same(name, _json(getattr(matched, name)), row.values[name])
        }
        extra = row.values.pop("extra", None)
        if extra:
            removed = {name for name, value in extra.items() if value == "" != matched.extra.get(name)}
            merged = {
                name: value for name, value in {**matched.extra, **extra}.items() if name not in removed
            }
            if merged != matched.extra:
                row.values["extra"], before["extra"] = merged, matched.extra
        row.before = before
        row.values = {name: row.values[name] for name in before} | (
            {"code_normal": row.values["code_normal"]} if "registration_code" in before else {}
        )
        row.outcome = RowOutcome.CHANGE if before else RowOutcome.UNCHANGED
        if self._options.matched is Matched.SKIP and before:
            row.outcome, row.values, row.before = RowOutcome.SKIP, {}, {}


def _email(row: ParsedRow) -> str:
    return participants.email_key(row.values.get("email") or "")


def _is_same(name: str, stored: Any, value: Any) -> bool:
    """Return True for a value that is stored; rows have the words of names one space apart."""
    return stored == value or (name in _NAMES and " ".join(stored.split()) == value)


def _json(value: Any) -> Any:
    return value.value if hasattr(value, "value") else value
