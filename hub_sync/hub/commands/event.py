"""`doorward-hub event`: what an organiser may have to do in a hurry."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import typer

from hub_sync.contract.clock import epoch_ms, from_epoch_ms
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

with lazy_imports():
    from hub_sync.hub.domains.events import service as events

app = typer.Typer(help="Events: end.", no_args_is_help=True, pretty_exceptions_enable=False)


@app.callback()
def event() -> None:
    """Manage events."""


@app.command("end")
@report_errors
def end(
    event_id: Annotated[str, typer.Argument(metavar="EVENT", help="The event's slug or id.")],
    at: Annotated[str, typer.Option(help="When it ends, ISO 8601 with an offset (default: now).")] = "",
    at_ms: Annotated[int | None, typer.Option(help="The same in milliseconds since 1970.")] = None,
    tenant: TenantSlug = None,
    data: Data = None,
    database_url: DatabaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """End an event now, or move its end. Gates follow within seconds; tickets are EXPIRED from then on."""
    with open_hub(data, database_url) as hub, hub.uow.begin(actor="cli") as work:
        owner = select_tenant(work, tenant)
        named = events.get_by_slug_or_id(work, owner.id, event_id)
        moment = _parse_instant(at, at_ms) or work.now()
        changed = events.update(work, owner.id, named.id, events.EventChanges(ends_at=moment))
    answer = {
        "event_id": changed.id,
        "ends_at": changed.ends_at.isoformat(),
        "ends_at_ms": epoch_ms(changed.ends_at),
    }
    print_result(f"{changed.name} ends {changed.ends_at.isoformat()}", answer, as_json=as_json)


def _parse_instant(at: str, at_ms: int | None) -> datetime | None:
    if at_ms is not None:
        return from_epoch_ms(at_ms)
    if not at:
        return None
    try:
        moment = datetime.fromisoformat(at)
    except ValueError as error:
        raise CommandFailed(f"“{at}” is no time: write 2026-06-12T22:00+02:00.") from error
    if moment.tzinfo is None:
        raise CommandFailed("Say the offset too: 2026-06-12T22:00+02:00.")
    return moment
