"""`doorward-hub access-log`: compare the hub's rows with a station's journal, and list rows that could not be stored."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

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
from hub_sync.hub.commands.lazy_imports import lazy_imports

with lazy_imports():
    from hub_sync.hub.domains.check_in import service as check_in
    from hub_sync.hub.domains.devices import service as devices
    from hub_sync.hub.domains.sync.push import quarantine_list

app = typer.Typer(
    help="The access log: digest, quarantined.", no_args_is_help=True, pretty_exceptions_enable=False
)


@app.callback()
def access_log() -> None:
    """Inspect the access log."""


@app.command("digest")
@report_errors
def digest(
    device: Annotated[str, typer.Option(help="The station's id.")],
    tenant: TenantSlug = None,
    data: Data = None,
    database_url: DatabaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """Count a station's rows and hash their chain, to compare with `doorward-station journal export`."""
    with open_hub(data, database_url) as hub, hub.uow.read() as work:
        owner = select_tenant(work, tenant)
        devices.get(work, owner.id, device)
        digest = check_in.digest_journals(work, owner.id, device)
    print_result(
        f"{digest.rows} rows, {digest.digest}",
        {"rows": digest.rows, "digest": digest.digest},
        as_json=as_json,
    )


@app.command("quarantined")
@report_errors
def quarantined(
    device: Annotated[str | None, typer.Option(help="Only this station's, by its id.")] = None,
    tenant: TenantSlug = None,
    data: Data = None,
    database_url: DatabaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """List the journal rows that could not be stored as scans, with their station, error and content."""
    with open_hub(data, database_url) as hub, hub.uow.read() as work:
        owner = select_tenant(work, tenant)
        if device is not None:
            devices.get(work, owner.id, device)
        rows = quarantine_list.list_quarantined(work, owner.id, device)
    print_result(
        "\n".join(map(_line, rows)) or "No row is quarantined.",
        {"count": len(rows), "rows": [asdict(row) for row in rows]},
        as_json=as_json,
    )


def _line(row: quarantine_list.QuarantinedRow) -> str:
    text = f"{row.device_id}  {row.journal_id}  {row.sequence}  {row.code}: {row.message}  {row.body}"
    # A station's data is not trusted: it may send no control characters to the terminal.
    return "".join(letter if letter.isprintable() else "\ufffd" for letter in text)
