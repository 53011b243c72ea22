"""How commands speak: one plain sentence on stderr where something is wrong, JSON or plain lines on stdout."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import typer

from hardware.errors import DeviceError
from hub_sync.client.http.errors import HubError
from hub_sync.client.store import StoreError
from kiosk_app.settings import SettingsError

KNOWN: tuple[type[Exception], ...] = (SettingsError, StoreError, HubError, DeviceError)


@contextmanager
def plain_faults(*more: type[Exception]) -> Iterator[None]:
    """Turn known faults into a sentence and exit code 1; a bug keeps its traceback."""
    try:
        yield
    except KNOWN + more as fault:
        typer.echo(str(fault), err=True)
        raise typer.Exit(1) from None


def answer(as_json: bool, members: dict[str, Any], sentence: str) -> None:
    """Print the answer for a program or for a person."""
    typer.echo(json.dumps(members, ensure_ascii=False) if as_json else sentence)
