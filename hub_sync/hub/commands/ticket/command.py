"""`doorward-hub ticket issue` and `ticket open`: issue a ticket, and check a code.

Both start quickly: with a key on the command line or in the environment, neither the server nor the database is
imported. Without a key, the keys come from the hub's data folder (`key_lookup`).
"""

import sys
from collections.abc import Iterator
from dataclasses import asdict, replace
from json import dumps
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from hub_sync.contract.clock import SystemClock
from hub_sync.hub.commands.ticket.key_lookup import KeyNotFound, find_key_ring
from hub_sync.rules.tickets.ticket_codec import TicketPayload, TicketRejection, issue_ticket, open_ticket
from hub_sync.rules.tickets.ticket_keys import KeyRing

app = typer.Typer(help="Issue tickets, and open them.", no_args_is_help=True)

Key = Annotated[
    str | None,
    typer.Option("--key", metavar="HEX", help="The AES-256 key, 64 hex digits.", show_default=False),
]
Data = Annotated[
    Path | None,
    typer.Option("--data", metavar="DIR", help="The hub whose keys to use.", show_default=False),
]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object a ticket, for programs.")]


@app.command("open", context_settings={"ignore_unknown_options": True})
def open_command(
    code: Annotated[str, typer.Argument(metavar="CODE", help="The ticket's text; - reads a code a line.")],
    key: Key = None,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Open a ticket: who it is for, or why it is no good.

    The key is --key, else that of the hub in --data, else QR_ENCRYPTION_KEY, else SESSION_SECRET, else that of the
    hub's usual data directory. Exits 0 if the code opens, 1 if it does not; reading from stdin exits 0.
    """
    # A code may begin with "-" (base64url): unknown options are therefore taken for the code.
    ring = _key_ring(key, data)
    if code == "-":
        for line in _read_stdin_lines():
            _print_opened(open_ticket(line, ring), as_json=as_json)
        return
    opened = open_ticket(code, ring)
    _print_opened(opened, as_json=as_json)
    if isinstance(opened, TicketRejection):
        raise typer.Exit(1)


@app.command("issue")
def issue_command(  # noqa: PLR0917 - typer makes options of them
    participant: Annotated[
        str | None, typer.Option("--participant", metavar="ID", help="A participant of the hub in --data.")
    ] = None,
    pid: Annotated[str | None, typer.Option("--pid", help="Participant id, where there is no hub.")] = None,
    tid: Annotated[str | None, typer.Option("--tid", help="Tenant id.")] = None,
    eid: Annotated[str | None, typer.Option("--eid", help="Event id.")] = None,
    iat: Annotated[
        int | None, typer.Option("--iat", min=0, help="Issued at, Unix seconds; else now.")
    ] = None,
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Where the files go.")] = Path(),
    level: Annotated[str, typer.Option("--level", metavar="M|Q", help="QR error correction.")] = "M",
    key: Key = None,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Issue a ticket as PNG, SVG and text: for a participant of the hub, or for --pid, --tid and --eid."""
    if level.upper() not in ("M", "Q"):
        _fail("--level is M or Q.")
    now = SystemClock().now()
    if participant is not None:
        if pid or tid or eid:
            _fail("Give --participant, or --pid, --tid and --eid, not both.")
        payload = _payload_of(data, participant)
    elif pid and tid and eid:
        payload = TicketPayload(pid, tid, eid, int(now.timestamp()))
    else:
        _fail("Say for whom: --participant ID, or --pid, --tid and --eid.")
    payload = payload if iat is None else replace(payload, iat=iat)
    if key is not None:
        payload = TicketPayload(
            payload.pid, payload.tid, payload.eid, payload.iat
        )  # an AES key seals version 1
    ring = _key_ring(key, data, payload.tid)
    try:
        ticket = issue_ticket(payload, ring, now)
    except LookupError:
        _fail("None of the hub's ticket keys is valid now.", status=1)
    except ValueError as error:
        _fail(f"There is no such ticket: {error}.", status=1)
    _write(ticket, payload, out, level.upper(), as_json=as_json)


def _write(ticket: str, payload: TicketPayload, out: Path, level: str, *, as_json: bool) -> None:
    from hub_sync.hub.commands.ticket.files import TicketTooLong, write_ticket  # noqa: PLC0415 - segno is slow

    try:
        files = write_ticket(ticket, payload.pid, out, level)
    except TicketTooLong as too_long:
        _fail(str(too_long), status=1)
    except OSError as fault:
        _fail(f"The ticket could not be written to {out}: {fault.strerror}.", status=1)
    if as_json:
        named = {kind: str(path) for kind, path in files.items()}
        typer.echo(dumps({"ok": True, "code": ticket, "payload": _members(payload), "files": named}))
    else:
        typer.echo(ticket)
        for path in files.values():
            typer.echo(f"wrote {path}", err=True)


def _key_ring(key: str | None, data: Path | None, tenant_id: str | None = None) -> KeyRing:
    try:
        return find_key_ring(key, data, tenant_id)
    except KeyNotFound as why:
        _fail(str(why))


def _payload_of(data: Path | None, participant_id: str) -> TicketPayload:
    from hub_sync.hub.commands.ticket.hub_lookup import find_payload  # noqa: PLC0415 - imports the database

    try:
        return find_payload(data, participant_id)
    except (LookupError, KeyNotFound) as missing:
        _fail(str(missing.args[0]), status=1)


def _read_stdin_lines() -> Iterator[str]:
    """Yield lines without their ends. Invalid UTF-8 becomes lone surrogates, which no ticket has."""
    for line in sys.stdin.buffer:
        yield line.removesuffix(b"\n").removesuffix(b"\r").decode("utf-8", "surrogateescape")


def _print_opened(opened: TicketPayload | TicketRejection, *, as_json: bool) -> None:
    if isinstance(opened, TicketRejection):
        if as_json:
            typer.echo(dumps({"ok": False, "kind": opened.kind.value, "message": opened.message}))
        else:
            typer.echo(f"Refused ({opened.kind.value}): {opened.message}")
    elif as_json:
        typer.echo(dumps({"ok": True, "payload": _members(opened)}))
    else:
        who, tenant, event = (_printable(text) for text in (opened.pid, opened.tid, opened.eid))
        typer.echo(
            f"Good: participant {who}, event {event}, tenant {tenant}, issued {opened.iat}, v{opened.v}"
            f"{_conditions(opened)}."
        )


def _members(payload: TicketPayload) -> dict[str, object]:
    """Return what a ticket of its version says."""
    members = asdict(payload)
    if payload.v == 1:
        for name in ("category", "not_before", "not_after"):
            del members[name]
    return members


def _conditions(opened: TicketPayload) -> str:
    conditions = [f"category {_printable(opened.category)}"] if opened.category else []
    if opened.not_before is not None:
        conditions.append(f"valid from {opened.not_before}")
    if opened.not_after is not None:
        conditions.append(f"valid until {opened.not_after}")
    return "".join(f", {condition}" for condition in conditions)


def _printable(text: str) -> str:
    """Escape control characters, since a sealed text may contain anything."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def _fail(sentence: str, status: int = 2) -> NoReturn:
    typer.echo(sentence, err=True)
    raise typer.Exit(status)
