"""The live loop: a stream on which the hub requests a pull, or a report. Another gate's scan arrives within a second."""

from collections.abc import Callable

from hub_sync.client.http.hub_api import HubApi, LiveStream
from hub_sync.contract.fleet import COMMAND_EVENT
from hub_sync.contract.sync import NUDGE_EVENT


class LiveLoop:
    """Keeps a stream open and forwards its nudges."""

    def __init__(
        self,
        api: HubApi,
        on_nudge: Callable[[], None],
        on_open: Callable[[], None],
        on_command: Callable[[], None] = lambda: None,
    ) -> None:
        """Create the loop. `on_command` is called when there is something in the answer to the next report."""
        self._api, self._on_nudge, self._on_open = api, on_nudge, on_open
        self._on_event = {NUDGE_EVENT: on_nudge, COMMAND_EVENT: on_command}
        self._stream: LiveStream | None = None
        self._stopped = False

    def run_once(self) -> None:
        """Open the stream and listen until it ends. Nudge once at the start, for earlier changes.

        Raises:
            HubClientError: The stream could not be opened, broke, or was silent for longer than its pings are apart.
        """
        with self._api.live() as stream:
            self._stream = stream
            try:
                if self._stopped:
                    return
                self._on_open()
                self._on_nudge()
                for name in stream.events():
                    if name in self._on_event:
                        self._on_event[name]()
            finally:
                self._stream = None

    def stop(self) -> None:
        """Stop listening. Called from another thread."""
        self._stopped = True
        stream = self._stream
        if stream is not None:
            stream.disconnect()
