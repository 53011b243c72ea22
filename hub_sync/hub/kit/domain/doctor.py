"""Checks of `doorward-hub doctor` that a domain brings along: its module `doctor` has `CHECKS`."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.security.encryption import SecretBox
from hub_sync.hub.kit.settings import HubSettings

Status = Literal["ok", "warn", "fail"]
LISTED = 5
"""More names than these are counted, not listed."""


@dataclass(frozen=True, slots=True)
class Finding:
    """The result of a check: its subject, its status, and one sentence for the operator."""

    check: str
    status: Status
    message: str


@dataclass(frozen=True, slots=True)
class CheckContext:
    """The parts of the hub that a domain's check may use.

    Attributes:
        work: a reading unit of work, over a database at the newest migration.
        secret_box: opens what is sealed in the database; None if the hub's secret can't be read, which is reported.
        settings: the hub's settings.
    """

    work: Work
    secret_box: SecretBox | None
    settings: HubSettings

    @property
    def now(self) -> datetime:
        """The hub's clock."""
        return self.work.now()


Check = Callable[[CheckContext], Iterator[Finding]]


def first_few(names: Sequence[str]) -> str:
    """Return the first few names, without characters that could steer a terminal, and how many more there are."""
    listed_names = ", ".join("".join(c if c.isprintable() else "�" for c in name) for name in names[:LISTED])
    return listed_names if len(names) <= LISTED else f"{listed_names} and {len(names) - LISTED} more"
