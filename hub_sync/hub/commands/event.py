"""`doorward-hub event`: what an organiser may have to do in a hurry."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated

import typer
from pydantic import ValidationError

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
    from hub_sync.hub.domains.series import service as series

app = typer.Typer(help="Events: end, clone.", no_args_is_help=True, pretty_exceptions_enable=False)


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


@app.command("clone")
@report_errors
def clone(
    event_id: Annotated[str, typer.Argument(metavar="EVENT", help="The slug or id of the event to copy.")],
    *,
    slug: Annotated[str | None, typer.Option(help="The slug of the copy.")] = None,
    name: Annotated[str | None, typer.Option(help="Its name (default: that of the event).")] = None,
    start_on: Annotated[
        str | None, typer.Option("--start", help="The day on which it starts, 2027-06-09.")
    ] = None,
    start_at: Annotated[
        str | None, typer.Option("--time", help="The local time at which it starts (default: the same).")
    ] = None,
    time_zone: Annotated[
        str | None, typer.Option("--zone", help="Its time zone (default: the same).")
    ] = None,
    into: Annotated[
        str | None, typer.Option(help="The slug or id of an empty event to fill, in place of a new one.")
    ] = None,
    part: Annotated[
        list[str] | None, typer.Option(help="A part to copy, several times (default: the usual ones).")
    ] = None,
    holidays: Annotated[
        str | None, typer.Option(help="Warn of the holidays of a country or region, DE-BE.")
    ] = None,
    stays_active: Annotated[
        bool, typer.Option("--stays-active", help="What is switched on stays on.")
    ] = False,
    publishes: Annotated[
        bool, typer.Option("--publishes", help="Published workflows are published.")
    ] = False,
    people: Annotated[
        str | None,
        typer.Option(
            "--participants",
            help="Register participants for the copy, too, with new codes: “all”, or a query as the REST API takes it, filter[status]=APPROVED.",
        ),
    ] = None,
    people_status: Annotated[
        str | None, typer.Option("--participant-status", help="The status that they get (default: PENDING).")
    ] = None,
    as_template: Annotated[
        bool, typer.Option("--as-template", help="The copy is a template for events.")
    ] = False,
    run: Annotated[
        bool, typer.Option("--run", help="Make the copy; without it, the plan is printed.")
    ] = False,
    tenant: TenantSlug = None,
    data: Data = None,
    database_url: DatabaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """Print the plan of a copy of an event, or make the copy."""
    with open_hub(data, database_url) as hub:
        with hub.uow.read() as work:
            owner = select_tenant(work, tenant)
            source = events.get_by_slug_or_id(work, owner.id, event_id).id
            target = events.get_by_slug_or_id(work, owner.id, into).id if into else None
            options = _clone_options(
                slug=slug,
                name=name,
                start_on=start_on,
                start_at=start_at,
                time_zone=time_zone,
                into_event_id=target,
                parts=part,
                holidays=holidays,
                stays_active=stays_active,
                publishes=publishes,
                participants=_carried_over(people, people_status),
                as_template=as_template,
            )
            plan = series.plan_clone(work, owner.id, source, options)
        answer = plan.model_dump(mode="json")
        if run:
            with hub.uow.begin(actor="cli") as work:
                copy = series.run_clone(work, owner.id, source, options, plan.plan_hash)
                answer |= {"clone_id": copy.id, "target_event_id": copy.target_event_id}
    print_result("\n".join(_plan_lines(plan, is_made=run)), answer, as_json=as_json)


def _carried_over(people: str | None, status: str | None) -> dict[str, object] | None:
    if people is None:
        if status is not None:
            raise CommandFailed("--participant-status needs --participants.")
        return None
    selection = {"all": True} if people == "all" else {"query": people}
    return {"selection": selection, **({"status": status} if status else {})}


def _clone_options(**options: object) -> series.CloneOptions:
    try:
        return series.CloneOptions.model_validate(options)
    except ValidationError as error:
        faults = [
            f"{'.'.join(map(str, fault['loc'])) or 'options'}: {fault['msg']}" for fault in error.errors()
        ]
        raise CommandFailed("; ".join(faults)) from error


def _plan_lines(plan: series.ClonePlan, *, is_made: bool) -> Iterator[str]:
    """Yield the lines of a plan: warnings first, then each thing with its dates."""
    target = plan.target
    verb = "Made" if is_made else "Would make"
    yield f"{verb} “{target.name}” ({target.slug}), {target.starts_at.isoformat()} to {target.ends_at.isoformat()}"
    for title, notes in (("Problem", plan.problems), ("Warning", plan.warnings)):
        for note in notes:
            about = " ".join(filter(None, (note.place, note.name)))
            yield f"{title}: {about + ': ' if about else ''}{note.message}"
    if plan.people:
        yield f"  Participants: {plan.people}"
    for thing in plan.things:
        yield f"  {thing.label} {thing.name}".rstrip()
        for moved in thing.dates:
            yield f"    {moved.label}: {moved.before} -> {moved.after}"


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
