"""The acts of the program around the sync that the hub's commands need."""

from collections.abc import Callable
from dataclasses import dataclass

from hub_sync.client.store.store import Store
from hub_sync.contract.fleet import AppliedConfiguration, ConfigurationRow
from hub_sync.contract.ids import new_id


def _nothing() -> None:
    return


def _ignore_configuration(_: Store, row: ConfigurationRow) -> AppliedConfiguration:
    return AppliedConfiguration(version=row.version)


@dataclass(frozen=True, slots=True)
class StationProgram:
    """The acts of a program. They are called on the report loop's thread and do not block; by default they do nothing."""

    mode: str = ""
    """What the program runs as: `gate`, `kiosk`, …"""
    run_id: str = ""
    """Another one for each start of the program."""
    identify: Callable[[str, int], None] = lambda _name, _seconds: None
    """Show a name for so many seconds, with tones."""
    restart: Callable[[], None] = _nothing
    """End the program so that it is started again."""
    read_log: Callable[[], bytes] = bytes
    """Return the newest part of the log, compressed with gzip, at most MAX_UPLOAD_LOG bytes."""
    configure: Callable[[Store, ConfigurationRow], AppliedConfiguration] = _ignore_configuration
    """Apply a configuration as far as possible, and return what was not applied. It is stored by the caller."""
    not_applied: Callable[[Store, ConfigurationRow], AppliedConfiguration] = _ignore_configuration
    """Return what of the stored configuration is not applied by now; the program may have been started again since."""


def new_run_id() -> str:
    """Return the id of a run of the program."""
    return new_id()
