"""Live: the hub says "pull now" the moment something has changed, so that another gate's scan arrives within a second."""

from collections.abc import Callable

from hub_sync.client.http.hub_api import HubApi, LiveStream


class LiveLoop:
    """Holds a stream open and passes its nudges on."""

    def __init__(self, api: HubApi, on_nudge: Callable[[], None], on_open: Callable[[], None]) -> None:
        self._api, self._on_nudge, self._on_open = api, on_nudge, on_open
        self._stream: LiveStream | None = None
        self._stopped = False

    def run_once(self) -> None:
        """Open the stream and listen until it ends. Nudges once at the start, for what changed before.

        Raises:
            HubError: it could not be opened, or broke, or said nothing for longer than its pings are apart.
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
        """End the listening; called from another thread."""
        self._stopped = True
        stream = self._stream
        if stream is not None:
            stream.disconnect()
