"""The output of commands: one plain sentence on stderr for an error, JSON or plain lines on stdout."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import typer

from hardware.errors import DeviceError
from hub_sync.client.http.errors import HubClientError
from hub_sync.client.store import StoreError
from kiosk_app.commands.installation import installation_fault
from kiosk_app.settings import SettingsError

KNOWN_ERRORS: tuple[type[Exception], ...] = (SettingsError, StoreError, HubClientError, DeviceError)


@contextmanager
def exit_on_known_errors(*more: type[Exception]) -> Iterator[None]:
    """Turn known errors and damaged packages into a sentence and exit code 1; a bug keeps its traceback."""
    try:
        yield
    except ImportError as error:
        typer.echo(installation_fault(error), err=True)
        raise typer.Exit(1) from None
    except KNOWN_ERRORS + more as error:
        typer.echo(_sentence(error), err=True)
        raise typer.Exit(1) from None


def _sentence(error: Exception) -> str:
    if isinstance(error, OSError) and error.filename is not None and error.strerror:
        return f"{error.filename}: {error.strerror}."
    return str(error)


def print_result(as_json: bool, values: dict[str, Any], sentence: str) -> None:
    """Print a result as JSON or as a sentence."""
    typer.echo(json.dumps(values, ensure_ascii=False) if as_json else sentence)
