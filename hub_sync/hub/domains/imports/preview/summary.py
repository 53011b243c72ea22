"""The preview in figures: how many rows of which outcome, and the problems, grouped by their cause."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from hub_sync.hub.domains.imports.importable import ParsedRow
from hub_sync.hub.domains.imports.issues import LONGEST_TEXT, Cause, Issue, RowOutcome

EXAMPLES, TOP_TEXTS, MOST_TEXTS = 5, 25, 2_000


class Group:
    """One kind of problem of one field, and its rows."""

    def __init__(self, issue: Issue) -> None:
        """Begin with the first problem."""
        self._first = issue
        self._count = 0
        self._examples: list[list[Any]] = []
        self._texts: Counter[str] = Counter()
        self._long = 0

    def add(self, line: int, issue: Issue) -> None:
        """Count a row."""
        self._count += 1
        text = issue.text[:LONGEST_TEXT]
        if len(self._examples) < EXAMPLES:
            self._examples.append([line, text, dict(issue.parameters)])
        if len(text) == LONGEST_TEXT:  # maybe cut off: to replace it would find no row
            self._long += 1
        elif text in self._texts or len(self._texts) < MOST_TEXTS:
            self._texts[text] += 1

    def to_dict(self) -> dict[str, Any]:
        """Return the group as JSON holds it."""
        return {
            "cause": self._first.cause.value,
            "field": self._first.field,
            "is_error": self._first.is_error,
            "count": self._count,
            "parameters": dict(self._first.parameters),
            "examples": self._examples,
            "texts": [[text, count] for text, count in self._texts.most_common(TOP_TEXTS) if text],
            "more_texts": max(0, len(self._texts) - TOP_TEXTS) + self._long,
        }


class Summary:
    """Counts rows."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self._outcomes: Counter[str] = Counter()
        self._groups: dict[tuple[Cause, str], Group] = {}
        self._changed: Counter[str] = Counter()

    def add(self, rows: Iterable[ParsedRow]) -> Mapping[str, int]:
        """Count some rows; return how many have which outcome."""
        outcomes: Counter[str] = Counter()
        for row in rows:
            outcomes[row.outcome.value] += 1
            for issue in row.issues:
                self.add_issue(row.line, issue)
            if row.outcome is RowOutcome.CHANGE:
                self._changed.update(row.before.keys())
        self._outcomes.update(outcomes)
        return outcomes

    def add_issue(self, line: int, issue: Issue) -> None:
        """Count a problem of a row."""
        key = (issue.cause, issue.field)
        group = self._groups.get(key)
        if group is None:
            group = self._groups[key] = Group(issue)
        group.add(line, issue)

    def to_dict(self) -> dict[str, Any]:
        """Return the summary as JSON holds it; errors before warnings, the most frequent first."""
        groups = [group.to_dict() for group in self._groups.values()]
        groups.sort(key=lambda group: (not group["is_error"], -group["count"], group["cause"]))
        return {
            "counts": {outcome.value: self._outcomes[outcome.value] for outcome in RowOutcome},
            "total": self._outcomes.total(),
            "changed_fields": dict(self._changed.most_common()),
            "groups": groups,
        }
