"""`doorward-hub device`: stations."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import segno
import typer

from hub_sync.contract.enums import DeviceProfile
from hub_sync.contract.sync import EnrolmentCode
from hub_sync.hub.commands.common import (
    AsJson,
    Data,
    DatabaseUrl,
    TenantSlug,
    open_hub,
    print_result,
    report_errors,
    select_tenant,
)
from hub_sync.hub.commands.errors import CommandFailed
from hub_sync.hub.commands.lazy_imports import lazy_imports
from hub_sync.hub.kit.security.credential_bounds import UNBOUNDED

with lazy_imports():
    from hub_sync.hub.domains.check_in import service as check_in
    from hub_sync.hub.domains.devices import service as devices
    from hub_sync.hub.domains.events import service as events
    from hub_sync.hub.domains.sync import service as sync
    from hub_sync.hub.kit import settings as hub_settings
    from hub_sync.hub.kit.db import unit_of_work

app = typer.Typer(
    help="Manage stations: enrolment codes, evidence.", no_args_is_help=True, pretty_exceptions_enable=False
)


@app.callback()
def device() -> None:
    """Manage stations."""


@app.command("enrol-code")
@report_errors
def enrol_code(  # noqa: PLR0917 - typer makes options of them
    event: Annotated[str, typer.Option(help="The event's slug or id.")],
    checkpoint: Annotated[
        str | None, typer.Option(help="The checkpoint's name or id; without it the operator picks one.")
    ] = None,
    name: Annotated[str, typer.Option(help="What to call the station.")] = "Station",
    profile: Annotated[DeviceProfile, typer.Option(help="What it serves as.")] = DeviceProfile.GATE,
    hours: Annotated[float, typer.Option(help="How long the code is good.", min=0.01, max=720)] = 24,
    hub_url: Annotated[
        str | None,
        typer.Option(
            help="Where the station reaches this hub; stands in the QR code. Default: DOORWARD_PUBLIC_URL, or this machine."
        ),
    ] = None,
    png: Annotated[Path | None, typer.Option(help="Also write the QR code to this PNG.")] = None,
    tenant: TenantSlug = None,
    data: Data = None,
    database_url: DatabaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """Create a station and print its enrolment code once. The code is not stored: create a new one for a lost one."""
    if png is not None and png.exists():
        raise CommandFailed(f"{png} is there already.")
    if hub_url is not None:
        try:
            hub_settings.check_public_url(hub_url)
        except ValueError as error:
            raise CommandFailed(f"--hub-url: {error}.") from error
    with open_hub(data, database_url) as hub, hub.uow.begin(actor="cli") as work:
        owner = select_tenant(work, tenant)
        event_id = events.get_by_slug_or_id(work, owner.id, event).id
        checkpoint_id = _checkpoint_id(work, owner.id, event_id, checkpoint)
        station, code = devices.create(
            work,
            owner.id,
            devices.NewDevice(
                name=name,
                event_id=event_id,
                checkpoint_id=checkpoint_id,
                profile=profile,
                expires_in_hours=hours,
            ),
            UNBOUNDED,
        )
        hub_url = (hub_url or hub.settings.public_url or f"http://127.0.0.1:{hub.settings.port}").rstrip("/")
    text = EnrolmentCode(hub=hub_url, token=code).model_dump_json()
    if png is not None:
        try:
            segno.make_qr(text, error="m").save(str(png), kind="png", scale=8, border=4)
        except OSError as error:
            raise CommandFailed(
                f"The QR code can't be written to {png}: {error.strerror}. The code is {code}."
            ) from error
    answer = {
        "device_id": station.id,
        "event_id": event_id,
        "checkpoint_id": checkpoint_id,
        "code": code,
        "hub": hub_url,
        "qr": text,
        "expires_at": station.enrol_expires_at.isoformat() if station.enrol_expires_at else None,
        "png": str(png) if png else None,
    }
    print_result(code, answer, as_json=as_json)


@app.command("evidence")
@report_errors
def evidence(
    station: Annotated[str, typer.Argument(help="The station's id.")],
    file: Annotated[Path, typer.Argument(help="The ZIP file to write; it must not exist.")],
    names: Annotated[bool, typer.Option("--names", help="With the names of participants.")] = False,
    tenant: TenantSlug = None,
    data: Data = None,
    database_url: DatabaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """Write the evidence of a station's journal: rows, seals, keys, and the script that verifies them.

    Without --names, rows with words of an operator come without their content.
    """
    with open_hub(data, database_url) as hub:
        with hub.uow.read() as work:
            tenant_id = select_tenant(work, tenant).id
            devices.get(work, tenant_id, station)
        try:
            with file.open("xb") as out:
                for piece in sync.write_evidence(hub.uow, tenant_id, station, with_names=names):
                    out.write(piece)
        except FileExistsError:
            raise CommandFailed(f"{file} is there already.") from None
        except OSError as error:
            raise CommandFailed(f"{file} can't be written: {error.strerror}.") from error
    print_result(f"{file} is written.", {"file": str(file), "bytes": file.stat().st_size}, as_json=as_json)


def _checkpoint_id(work: unit_of_work.Work, tenant_id: str, event_id: str, named: str | None) -> str | None:
    if named is None:
        return None
    checkpoints = check_in.list_checkpoints(work, tenant_id, event_id)
    for checkpoint in checkpoints:
        if named in (checkpoint.name, checkpoint.id):
            return checkpoint.id
    names = ", ".join(f"“{checkpoint.name}”" for checkpoint in checkpoints)
    raise CommandFailed(f"There is no checkpoint “{named}”; there are {names or 'none'}.")
