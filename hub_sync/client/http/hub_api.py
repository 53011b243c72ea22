"""The hub's sync routes as typed calls. One `HubApi` is used by one thread.

Environment proxies are not used: a hub stands in the venue's network more often than not, and a forgotten HTTP_PROXY must
not take a gate off it. A proxy that is wanted is given. Certificates are those that the operating system trusts.
"""

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TypeVar
from urllib.parse import urlsplit

import httpx
import zstandard
from httpx_sse import EventSource, SSEError
from pydantic import ValidationError

from hub_sync.client.http import errors
from hub_sync.client.http.errors import HubError, HubRefused, HubTimeout, HubUnreachable, InvalidResponse
from hub_sync.client.http.responses import check_response
from hub_sync.client.store.station.settings import StationEnrolment
from hub_sync.contract.clock import Clock
from hub_sync.contract.station_report import StationReport
from hub_sync.contract.sync import (
    BOOT_HEADER,
    NUDGE_EVENT,
    EnrolRequest,
    EnrolResponse,
    PullPage,
    PushRequest,
    PushResponse,
    TimeResponse,
    WireModel,
)

SYNC_PATH = "/api/v1/sync"
TIMEOUT = httpx.Timeout(30.0, connect=5.0, pool=5.0)
LIVE_TIMEOUT = httpx.Timeout(40.0, connect=5.0, pool=5.0)
"""For the live stream: a ping comes every 15 s, so 40 s of silence is a dead line."""
_COMPRESS_FROM = 1024
_CONNECTION_LIMITS = httpx.Limits(keepalive_expiry=3.0)
"""Servers close an idle line after 5 s (uvicorn's default): one that is used then fails for nothing."""
_Model = TypeVar("_Model", bound=WireModel)


class HubApi:
    """The hub, to one station."""

    def __init__(
        self,
        hub_url: str,
        *,
        credential: str = "",
        boot_id: str = "",
        proxy: str | None = None,
        transport: httpx.BaseTransport | None = None,
        timeout: httpx.Timeout = TIMEOUT,
    ) -> None:
        """`transport` is for tests that play the network.

        Raises:
            ValueError: `hub_url` is not an http(s) address.
        """
        parts = urlsplit(hub_url)
        if parts.scheme not in ("http", "https") or not parts.netloc:
            raise ValueError("the hub's address starts with http:// or https://")
        headers = {"Accept": "application/json"}
        if credential:
            headers["Authorization"] = f"Bearer {credential}"
        if boot_id:
            headers[BOOT_HEADER] = boot_id
        secure = ssl.create_default_context() if parts.scheme == "https" else True
        self._client = httpx.Client(
            base_url=hub_url.rstrip("/") + SYNC_PATH,
            headers=headers,
            timeout=timeout,
            limits=_CONNECTION_LIMITS,
            trust_env=False,
            proxy=proxy,
            transport=transport,
            verify=secure,
        )
        self._uncompressed = False

    @classmethod
    def for_enrolment(cls, enrolment: StationEnrolment, clock: Clock) -> "HubApi":
        """The hub that a station is enrolled at."""
        return cls(enrolment.hub_url, credential=enrolment.credential, boot_id=clock.boot_id)

    def enrol(self, request: EnrolRequest) -> EnrolResponse:
        """Trade a one-time token for a credential.

        Raises:
            HubError: see `failures`; a used or unknown token is Refused.
        """
        return self._request("POST", "/enrol", EnrolResponse, content=request.model_dump_json().encode())

    def time(self) -> TimeResponse:
        """The hub's wall clock."""
        return self._request("GET", "/time", TimeResponse)

    def push(self, request: PushRequest) -> PushResponse:
        """Send journal rows; no rows asks what the hub holds."""
        return self._request("POST", "/push", PushResponse, content=request.model_dump_json().encode())

    def pull(self, position: tuple[str, str] | None, limit: int) -> PullPage:
        """The next page after an (epoch, cursor); None: a snapshot from its beginning."""
        query: dict[str, str | int] = {"limit": limit}
        if position is not None:
            query |= {"epoch": position[0], "cursor": position[1]}
        return self._request("GET", "/pull", PullPage, query=query)

    def report(self, report: StationReport) -> TimeResponse:
        """Tell how this station stands."""
        return self._request("POST", "/report", TimeResponse, content=report.model_dump_json().encode())

    @contextmanager
    def live(self) -> Iterator["LiveStream"]:
        """A stream of nudges, open for the length of the block.

        Raises:
            HubError: it could not be opened, or broke.
        """
        with _translated_errors():  # noqa: SIM117  the outer one translates what the inner one raises
            with self._client.stream(
                "GET", "/live", headers={"Accept": "text/event-stream"}, timeout=LIVE_TIMEOUT
            ) as answer:
                check_response(answer, "text/event-stream")
                yield LiveStream(answer)

    def close(self) -> None:
        """Let go of the connections."""
        self._client.close()

    def _request(
        self,
        method: str,
        path: str,
        model: type[_Model],
        *,
        content: bytes | None = None,
        query: dict[str, str | int] | None = None,
    ) -> _Model:
        with _translated_errors():
            try:
                answer = self._send(method, path, content, query)
            except HubRefused as refusal:
                if (
                    refusal.status != httpx.codes.UNSUPPORTED_MEDIA_TYPE
                    or self._uncompressed
                    or content is None
                ):
                    raise
                self._uncompressed = True  # an older hub, or a proxy before it, that takes no zstd
                answer = self._send(method, path, content, query)
        try:
            return model.model_validate_json(answer.content)
        except ValidationError as wrong:
            cut = any(error["type"] == "json_invalid" for error in wrong.errors(include_input=False))
            # The values stay out of the text: they may be somebody's name.
            raise InvalidResponse(errors.CUT_OFF if cut else errors.NOT_UNDERSTOOD) from None

    def _send(
        self, method: str, path: str, content: bytes | None, query: dict[str, str | int] | None
    ) -> httpx.Response:
        headers = {}
        if content is not None:
            headers["Content-Type"] = "application/json"
            if not self._uncompressed and len(content) >= _COMPRESS_FROM:
                content = zstandard.compress(content, 3)
                headers["Content-Encoding"] = "zstd"
        answer = self._client.request(method, path, content=content, params=query, headers=headers)
        return check_response(answer, "application/json")


class LiveStream:
    """Nudges as they come."""

    def __init__(self, answer: httpx.Response) -> None:
        self._answer = answer

    def nudges(self) -> Iterator[None]:
        """Blocks until the next nudge; ends when the hub closes the stream.

        Raises:
            HubError: the stream broke.
        """
        with _translated_errors():
            for event in EventSource(self._answer).iter_sse():
                if event.event == NUDGE_EVENT:
                    yield None

    def disconnect(self) -> None:
        """End the stream from another thread: its reader wakes and fails as for a broken line."""
        stream = self._answer.extensions.get("network_stream")
        line = stream.get_extra_info("socket") if stream is not None else None
        if line is not None:
            try:
                line.shutdown(2)
            except OSError:
                return  # broken already


@contextmanager
def _translated_errors() -> Iterator[None]:
    """Tell what the network did in the words of `failures`."""
    try:
        yield
    except HubError:
        raise
    except httpx.TimeoutException as late:
        raise HubTimeout(errors.TOO_SLOW) from late
    except (httpx.DecodingError, httpx.RemoteProtocolError, SSEError, UnicodeDecodeError) as broken:
        raise InvalidResponse(errors.CUT_OFF) from broken
    except (httpx.TransportError, httpx.StreamError, OSError) as gone:
        raise HubUnreachable(errors.NO_ANSWER) from gone
