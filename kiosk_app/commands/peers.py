"""`doorward-station peers`: the event's other stations, and which of them this one hears on the local network."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from hub_sync.client.lan.engine import STATUS_SETTING
from hub_sync.client.store import Store
from hub_sync.contract.clock import from_epoch_ms
from kiosk_app.bootstrap.station import open_station_store
from kiosk_app.commands.output import exit_on_known_errors, print_result
from kiosk_app.settings import default_folder, load_settings

_HOW = {
    "multicast": "found by mDNS",
    "list": "found by the hub's list",
    "call": "called this station",
}


def peers(
    data: Annotated[Path | None, typer.Option(help="The station's folder.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Answer as JSON.")] = False,
) -> None:
    """Show the event's other stations, and which of them are heard. Works beside a running station."""
    folder = data or default_folder()
    with exit_on_known_errors():
        is_on = load_settings(folder).lan
        with open_station_store(folder, beside=True) as store:
            state = network_state(store) | {"on": is_on}
    print_result(as_json, state, "\n".join(_lines(state)))


def network_state(store: Store) -> dict[str, Any]:
    """Return the state of the local network as the running station last saved it, with all stations of the hub's list."""
    saved = store.settings.get(STATUS_SETTING) or {}
    heard = {peer["id"]: peer for peer in saved.get("peers", ())}
    listed = [
        {
            "id": row.id,
            "name": row.name,
            "listed_addresses": list(row.addresses),
            "listed_port": row.port,
            "address": heard.get(row.id, {}).get("address", ""),
            "source": heard.get(row.id, {}).get("source"),
            "heard_since_ms": heard.get(row.id, {}).get("heard_since_ms"),
        }
        for row in store.peers.all()
    ]
    return {
        "address": saved.get("address", ""),
        "port": saved.get("port", 0),
        "at_ms": saved.get("at_ms"),
        "peers": listed,
    }


def _lines(state: dict[str, Any]) -> list[str]:
    if not state["on"]:
        return ["The local network is switched off (lan = false in station.toml)."]
    if not state["peers"]:
        return ["The hub lists no other station of this event: there is nobody to hear."]
    heading = "This station does not listen."
    if state["address"]:
        heading = f"This station listens at {state['address']}, UDP port {state['port']}."
    at = state["at_ms"]
    since = [] if at is None else [f"State of {_time(at)}, when it last changed."]
    return [heading, *since, *(_line(peer) for peer in state["peers"])]


def _line(peer: dict[str, Any]) -> str:
    if peer["source"] is None:
        where = ", ".join(peer["listed_addresses"]) or "no address known"
        return f"not heard  {peer['name']} ({where})"
    how = _HOW.get(peer["source"], peer["source"])
    return f"heard      {peer['name']} at {peer['address']}, {how}, since {_time(peer['heard_since_ms'])}"


def _time(ms: int) -> str:
    at: datetime = from_epoch_ms(ms).astimezone(UTC)
    return f"{at:%Y-%m-%d %H:%M:%S} UTC"
