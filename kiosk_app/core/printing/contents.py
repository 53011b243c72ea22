"""The contents of what a station prints. A job keeps its content, so that "print again" prints the same.

The layout is drawn by `kiosk_app.ui.printouts` in the print's own process.
"""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, TypeAdapter
from pydantic.dataclasses import dataclass

from resources.translations import LANGUAGES

_LONGEST_TEXT = 500
_LONGEST_CODE = 1000
Text = Annotated[str, AfterValidator(lambda text: text[:_LONGEST_TEXT])]
"""A text to print. A longer one is cut, as nothing that somebody is called may keep a ticket from being printed."""
Code = Annotated[str, AfterValidator(lambda text: text if len(text) <= _LONGEST_CODE else "")]
"""The text of a QR code. One that no code holds is left out, as a cut one would lead nowhere."""


@dataclass(frozen=True, slots=True)
class SlipContent:
    """A queue number's slip. Times are in the zone to print; everything that is empty or None is left out."""

    number: Text
    """As it is called, such as A017."""
    queue_name: Text
    issued_at: datetime
    event_name: Text = ""
    wait_minutes: tuple[int, int] | None = None
    """The estimated wait, from and to."""
    people_ahead: int | None = None
    status_url: Code = ""
    """The address of the visitor's status page, printed as a QR code."""
    note: Text = ""
    """A sentence in the slip's language, such as the place of the counters."""
    kind: Literal["slip"] = "slip"


@dataclass(frozen=True, slots=True)
class BadgeContent:
    """A badge. `ticket_code` is printed as a QR code; empty: none."""

    name: Text
    category: Text = ""
    event_name: Text = ""
    ticket_code: Code = ""
    kind: Literal["badge"] = "badge"


@dataclass(frozen=True, slots=True)
class TestSlipContent:
    """The test print of the set-up: which printer this is, and a line in each script."""

    __test__ = False  # no test of pytest's

    station_name: Text
    printer: Text
    printed_at: datetime
    kind: Literal["test"] = "test"


PrintContent = SlipContent | BadgeContent | TestSlipContent


@dataclass(frozen=True, slots=True)
class PrintJob:
    """One job. `language` is that of the labels: en, de or ar; English stands for one that is not there.

    `id` is that of what is printed, such as a queue ticket's; a badge and a slip have different ones.
    """

    id: str
    content: Annotated[PrintContent, Field(discriminator="kind")]
    language: Annotated[str, AfterValidator(lambda code: code if code in LANGUAGES else "en")] = "en"


_ADAPTER: TypeAdapter[PrintJob] = TypeAdapter(PrintJob)


def dump_job(job: PrintJob) -> dict[str, Any]:
    """Return a job as JSON values."""
    values: dict[str, Any] = _ADAPTER.dump_python(job, mode="json")
    return values


def load_job(values: object) -> PrintJob:
    """Return the job in JSON values.

    Raises:
        ValidationError: they are no job.
    """
    return _ADAPTER.validate_python(values)
