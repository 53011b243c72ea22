"""The live loop: a stream by which the hub sends changes, or requests a pull or a report. Another gate's scan arrives within a second.

Changes that can't be used, because they are cut off or not proven, are pulled.
"""

from collections.abc import Callable

import structlog

from hub_sync.client.http.errors import InvalidHubResponse, ResponseTooLarge, ResponseUnproven
from hub_sync.client.http.hub_api import HubApi, LiveEvent, LiveStream
from hub_sync.client.http.live_changes import LiveNudge, LivePosition, PulledChanges, parse_nudge
from hub_sync.contract.fleet import COMMAND_EVENT
from hub_sync.contract.sync import CHANGES_EVENT, NUDGE_EVENT

log = structlog.get_logger(__name__)


def _do_nothing() -> None:
    return


class LiveLoop:
    """Keeps a stream open and forwards what comes."""

    def __init__(
        self,
        api: HubApi,
        on_nudge: Callable[[LiveNudge], None],
        on_open: Callable[[], None],
        on_command: Callable[[], None] = _do_nothing,
        on_changes: Callable[[PulledChanges], None] | None = None,
        position: Callable[[], LivePosition | None] = lambda: None,
    ) -> None:
        """Create the loop.

        Args:
            api: The loop's own connection.
            on_nudge: Called when there is something to pull.
            on_open: Called when the stream is open.
            on_command: Called when there is something in the answer to the next report.
            on_changes: Called with changes; None: they are pulled.
            position: Returns where the station is when a stream is opened.
        """
        self._position = position
        self._api, self._on_nudge, self._on_open = api, on_nudge, on_open
        self._on_command, self._on_changes = on_command, on_changes
        self._stream: LiveStream | None = None
        self._stopped = False

    def run_once(self) -> None:
        """Open the stream and listen until it ends. The hub begins it with what has changed since, or a nudge, for each event.

        Raises:
            HubClientError: The stream could not be opened, broke, or was silent for longer than its pings are apart.
        """
        with self._api.live(self._position()) as stream:
            self._stream = stream
            try:
                if self._stopped:
                    return
                self._on_open()
                for event in stream.events():
                    self._forward(stream, event)
            finally:
                self._stream = None

    def _forward(self, stream: LiveStream, event: LiveEvent) -> None:
        if event.name == CHANGES_EVENT:
            self._forward_changes(stream, event)
        elif event.name == NUDGE_EVENT:
            self._on_nudge(parse_nudge(event.data))
        elif event.name == COMMAND_EVENT:
            self._on_command()

    def _forward_changes(self, stream: LiveStream, event: LiveEvent) -> None:
        try:
            changes = stream.read_changes(event)
        except (InvalidHubResponse, ResponseTooLarge, ResponseUnproven) as fault:
            log.warning("live_changes_not_used", reason=str(fault))
            self._on_nudge(LiveNudge())
            return
        if self._on_changes is None:
            self._on_nudge(LiveNudge())
        else:
            self._on_changes(changes)

    def stop(self) -> None:
        """Stop listening. Called from another thread."""
        self._stopped = True
        stream = self._stream
        if stream is not None:
            stream.disconnect()
