"""The hub's commands. Adding one is one module and one line here.

Their summaries are here, too, so that the list of commands imports none of them.
"""

from typing import NamedTuple


class CommandPlace(NamedTuple):
    """Where a command is, as "module:function or typer app" below this package, and what it does in one line."""

    place: str
    summary: str


COMMANDS: dict[str, CommandPlace] = {
    "serve": CommandPlace(
        "serving.serve:serve", "Serve the hub. On an empty folder its database is upgraded first."
    ),
    "worker": CommandPlace(
        "serving.worker:worker",
        "Do the background work (webhooks): for hubs that leave it out (`serve --no-jobs`), or together with them.",
    ),
    "migrate": CommandPlace(
        "migrate:migrate",
        "Migrate the database's tables to this program's version. An empty PostgreSQL database gets its tables.",
    ),
    "tenant": CommandPlace("tenant:app", "Organisers: create, list, choose the version of tickets."),
    "admin": CommandPlace("admin:app", "Manage users: create, list, reset-link."),
    "api-key": CommandPlace("api_key:app", "Manage API keys: create, list, rotate, revoke."),
    "device": CommandPlace("device:app", "Manage stations: enrolment codes, evidence."),
    "event": CommandPlace("event:app", "Events: end, clone."),
    "participant": CommandPlace("participant:app", "Participants: import from a file."),
    "flag": CommandPlace("flag:app", "Feature flags: list, on, off."),
    "access-log": CommandPlace("access_log:app", "The access log: digest, quarantined."),
    "ticket": CommandPlace("ticket.command:app", "Issue tickets, and open them."),
    "demo-event": CommandPlace(
        "demo_event:demo_event",
        'Load the demo event, running today, into a tenant "demo". Once it is there, its dates are moved to today.',
    ),
    "doctor": CommandPlace(
        "doctor.command:doctor",
        "Examine the hub's folder, database, secrets and libraries. Exits 1 if something is broken.",
    ),
    "backup": CommandPlace(
        "backup.command:backup",
        "Copy the hub's database to a file, also while the hub runs. Refuses to overwrite.",
    ),
    "restore": CommandPlace(
        "backup.command:restore", "Restore a copy in one transaction; a running hub continues with it."
    ),
    "openapi": CommandPlace(
        "openapi:openapi",
        "Print the OpenAPI schema of the hub's API as JSON. Needs no data folder and touches none.",
    ),
}
