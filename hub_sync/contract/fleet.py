"""Wire models of the fleet: commands to stations, their configuration, and protocol versions.

They travel with the station's report (`POST /api/v1/sync/report`), which a locked and a lately revoked station may send too: the report
says what became of commands and which configuration is applied, the answer brings new commands and the configuration that is wanted.
A `command` event of the live stream asks for a report at once. Decision: `docs/adr/0079-commands-travel-with-the-report.md`.
"""

from enum import StrEnum
from typing import Annotated, Any

from pydantic import FailFast, Field

from hub_sync.contract.wire_model import WireInt, WireModel

COMMAND_EVENT = "command"
"""SSE event name: there is something for the station in the answer to its next report."""
MAX_COMMANDS = 16
MAX_KEYS = 64
MAX_HIGHEST_NUMBERS = 400
MAX_LANES = 100
MAX_RESULTS = 16
MAX_UPLOAD_LOG = 512 * 1024
"""Bytes of a log that a station uploads, compressed with gzip: `POST /api/v1/sync/log?command=<id>`, type `LOG_TYPE`, answer
`TimeResponse`. A repetition replaces it."""
LOG_TYPE = "application/gzip"
_Id = Annotated[str, Field(min_length=36, max_length=36)]


class CommandKind(StrEnum):
    """The commands that a station obeys."""

    IDENTIFY = "identify"
    """Show the station's name in large letters, and play its tones, for some seconds."""
    RESTART = "restart"
    LOCK = "lock"
    UNLOCK = "unlock"
    ROTATE_KEY = "rotate-key"
    """Make a new key pair and a new credential."""
    RELOAD = "reload"
    """Forget what was pulled, and pull all of it again."""
    UPLOAD_LOG = "upload-log"
    WIPE = "wipe"
    """Send what is not sent yet, acknowledge, and then erase the store."""


class CommandStatus(StrEnum):
    """The status of a command. DONE, FAILED and REFUSED are said by the station alone, EXPIRED and CANCELLED by the hub alone."""

    QUEUED = "QUEUED"
    DELIVERED = "DELIVERED"
    RUNNING = "RUNNING"
    DONE = "DONE"
    FAILED = "FAILED"
    REFUSED = "REFUSED"
    """The station knows no such command, or its rules forbid it now."""
    EXPIRED = "EXPIRED"
    CANCELLED = "CANCELLED"

    @property
    def is_final(self) -> bool:
        """True if nothing follows."""
        return self not in (CommandStatus.QUEUED, CommandStatus.DELIVERED, CommandStatus.RUNNING)


class CommandRow(WireModel):
    """A command. `kind` is no enum: a station refuses one that it does not know, and obeys the others."""

    id: _Id
    kind: str = Field(max_length=32)
    arguments: dict[str, Any] = Field(default_factory=dict)
    expires_at_ms: WireInt


class CommandResult(WireModel):
    """What a station says of a command: RUNNING, DONE, FAILED or REFUSED. Sent until the hub has answered a report with it."""

    id: _Id
    status: str = Field(max_length=16)
    error: str | None = Field(
        default=None, max_length=500, description="Why it failed or was refused, in a sentence."
    )


class ConfigurationRow(WireModel):
    """The configuration that is wanted of a station. `values` are settings by their names (`ConfigurationValues`).

    `version` counts up with every change. The station applies what it understands, and reports that version with the names that it did
    not apply.
    """

    version: WireInt
    values: dict[str, Any] = Field(default_factory=dict)


class NotApplied(StrEnum):
    """Why a station does not work with a setting. A hub that does not know a newer station's word shows the sentence."""

    UNKNOWN = "unknown"
    INVALID = "invalid"
    ADDRESS = "address"
    """The address of a device can't be used; the sentence says why."""
    FIXED = "fixed"
    CHANGED = "changed"
    """Somebody has changed it at the station; `actual` has the value."""
    AT_RESTART = "at_restart"
    OTHER_DEVICE = "other_device"
    NO_SCREEN = "no_screen"


class AppliedConfiguration(WireModel):
    """The configuration that a station has applied. `not_applied`: setting to the reason, in a sentence.

    `reasons`: setting to the word of `NotApplied` for it; a station of an earlier version sends none. `actual`: the values of settings that
    somebody has changed at the station.
    """

    version: WireInt
    not_applied: dict[str, Annotated[str, Field(max_length=300)]] = Field(default_factory=dict, max_length=64)
    reasons: dict[str, Annotated[str, Field(max_length=64)]] = Field(default_factory=dict, max_length=64)
    actual: dict[str, bool | WireInt | Annotated[str, Field(max_length=300)]] = Field(
        default_factory=dict, max_length=64
    )


class KeyRotation(WireModel):
    """A new key pair and a new credential that a station has made and does not use yet. Sent with each report until it is answered.

    The hub keeps it beside the credential in use, and takes both from then on. The first call with the new one ends the old one, so that
    neither a lost answer nor a crash locks the station out. The same rotation again changes nothing; another one takes its place.
    """

    public_key: str = Field(max_length=256, description="The public halves (`dk1.…`) of the new key pair.")
    credential_hash: str = Field(
        pattern=r"^[0-9a-f]{64}$",
        description="SHA-256 of the secret in the new credential `dw_<device id>_<secret>`, in hex.",
    )


class HighestNumber(WireModel):
    """The highest number of a queue and a day that a station has, or knows somebody to have; lanes do not count."""

    queue_id: _Id
    day: str = Field(max_length=10)
    sequence: WireInt


class LettersInUse(WireModel):
    """A station's own letters at an event, and the journal with which it uses them."""

    event_id: str = Field(max_length=64)
    letters: str = Field(max_length=4)
    journal_id: str = Field(max_length=64)


class FleetReport(WireModel):
    """The member `fleet` of `StationReport`. `mode` is what the program runs as; `protocols` are those that it speaks.

    `ticket_keys` are the kids of the newest ticket keys that the station has. `queue_numbers` and `queue_lanes`: what a hub that is restored from a
    backup may have forgotten, the newest days first.
    """

    mode: str = Field(default="", max_length=16)
    protocols: Annotated[tuple[WireInt, ...], FailFast()] = Field(default=(), max_length=16)
    results: Annotated[tuple[CommandResult, ...], FailFast()] = Field(default=(), max_length=MAX_RESULTS)
    configuration: AppliedConfiguration | None = None
    rotation: KeyRotation | None = None
    ticket_keys: Annotated[tuple[Annotated[str, Field(max_length=64)], ...], FailFast()] = Field(
        default=(), max_length=MAX_KEYS
    )
    queue_numbers: Annotated[tuple[HighestNumber, ...], FailFast()] = Field(
        default=(), max_length=MAX_HIGHEST_NUMBERS
    )
    queue_lanes: Annotated[tuple[LettersInUse, ...], FailFast()] = Field(default=(), max_length=MAX_LANES)


class ReportResponse(WireModel):
    """The answer to a report. `commands` are all that the station has not finished. `protocol`: the highest that both speak; 0: none.

    `configuration` is there if its version is not the applied one. `max_offline_s`: the time without a proven word of the hub after
    which the station admits nobody any more; None: it goes on for ever. `rotation`: the credential's hash of the rotation that the hub has
    stored; the station may use it from now on. `cloned`: the hub has met two machines with this station's credential.
    `doubts_resolved_at_ms`: when somebody looked into what is suspected of the station last, by the hub's clock; None: nobody did.
    `protocol_sentence` says why no protocol is common, in the language of the report's Accept-Language; "": one is.
    """

    server_time_ms: WireInt
    commands: Annotated[tuple[CommandRow, ...], FailFast()] = Field(default=(), max_length=MAX_COMMANDS)
    configuration: ConfigurationRow | None = None
    max_offline_s: WireInt | None = None
    protocol: WireInt = 1
    rotation: str | None = Field(default=None, max_length=64)
    cloned: bool = False
    doubts_resolved_at_ms: WireInt | None = None
    protocol_sentence: str = ""
