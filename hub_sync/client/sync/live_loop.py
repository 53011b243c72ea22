"""The live loop: a stream on which the hub requests a pull. Another gate's scan arrives within a second."""

from collections.abc import Callable

from hub_sync.client.http.hub_api import HubApi, LiveStream


class LiveLoop:
    """Keeps a stream open and forwards its nudges."""

    def __init__(self, api: HubApi, on_nudge: Callable[[], None], on_open: Callable[[], None]) -> None:
        self._api, self._on_nudge, self._on_open = api, on_nudge, on_open
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
                for _ in stream.nudges():
                    self._on_nudge()
            finally:
                self._stream = None

    def stop(self) -> None:
        """Stop listening. Called from another thread."""
        self._stopped = True
        stream = self._stream
        if stream is not None:
            stream.disconnect()
