"""`doorward-station enrol`: trade a one-time code for a credential."""

from pathlib import Path
from typing import Annotated

import typer

from hub_sync.client.enrolment import UnsentScans, enrol, parse_enrolment_code
from hub_sync.client.http.hub_api import HubApi
from hub_sync.client.http.insecure_url import insecure_url_warning
from hub_sync.contract.clock import SystemClock
from kiosk_app.bootstrap.station import SOFTWARE, open_station_store, serial_number
from kiosk_app.commands.output import exit_on_known_errors, print_result
from kiosk_app.settings import default_folder


def enrol_station(
    code: Annotated[str, typer.Option(help="The code, typed, or the JSON text of the enrolment QR.")],
    hub: Annotated[str, typer.Option(help="The hub's address; not needed with the QR's text.")] = "",
    data: Annotated[Path | None, typer.Option(help="The station's folder.")] = None,
    leave_unsent: Annotated[
        bool,
        typer.Option("--leave-unsent", help="Keep scans that were not sent here only; no hub gets them."),
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Answer as JSON.")] = False,
) -> None:
    """Enrol this station with a hub. The code works once."""
    clock = SystemClock()
    with exit_on_known_errors(ValueError, UnsentScans):
        read = parse_enrolment_code(code, hub)
        if warning := insecure_url_warning(read.hub):
            typer.echo(warning, err=True)
        with open_station_store(data or default_folder(), clock) as store:
            api = HubApi(read.hub, boot_id=clock.boot_id)
            try:
                enrolment = enrol(
                    store,
                    api,
                    read,
                    serial=serial_number(),
                    software=SOFTWARE,
                    leave_unsent=leave_unsent,
                    clock=clock,
                )
            finally:
                api.close()
    print_result(
        as_json,
        {
            "device_id": enrolment.device_id,
            "name": enrolment.name,
            "event_id": enrolment.event_id,
            "hub": enrolment.hub_url,
        },
        f"This station is now \u201c{enrolment.name}\u201d of {enrolment.hub_url}.",
    )
