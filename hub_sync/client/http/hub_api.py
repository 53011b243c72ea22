"""The hub's sync routes as typed calls. A `HubApi` is used by one thread.

Proxies from environment variables are not used: most hubs run in the venue's own network, and a forgotten HTTP_PROXY
must not cut a gate off. Pass `proxy` where one is needed. Certificates are those that the operating system trusts.
"""

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeVar
from urllib.parse import urlsplit

import httpx
import zstandard
from pydantic import ValidationError

from hub_sync.client.http import errors
from hub_sync.client.http.bodies import ACCEPT_ENCODING, parse_json, read_body, read_lines
from hub_sync.client.http.deadlines import DeadlineTransport, ExchangeDeadline
from hub_sync.client.http.errors import (
    CertificateRefused,
    HubClientError,
    HubRefused,
    HubTimeout,
    HubUnreachable,
    HubWithoutTls,
    InvalidHubResponse,
    ResponseUnproven,
)
from hub_sync.client.http.live_changes import LivePosition, PulledChanges, parse_changes
from hub_sync.client.http.pull_pages import PulledPage, parse_pull_page
from hub_sync.client.http.responses import check_response
from hub_sync.client.http.verification import AnswerVerifier, StationCredential, StatusListener
from hub_sync.client.store.station.settings import StationEnrolment
from hub_sync.contract.bulletins import NO_BULLETINS, BulletinReceipts
from hub_sync.contract.clock import Clock
from hub_sync.contract.door import NO_DOOR
from hub_sync.contract.fleet import LOG_TYPE, ReportResponse
from hub_sync.contract.queue import BlockRequest, CallRequest, CallResponse, NumberBlock
from hub_sync.contract.seals import SealRequest, SealResponse
from hub_sync.contract.station_report import StationReport
from hub_sync.contract.sync import (
    BOOT_HEADER,
    EnrolRequest,
    EnrolResponse,
    PushRequest,
    PushResponse,
    TimeResponse,
)
from hub_sync.contract.wire_model import WireModel
from hub_sync.rules.certificate_faults import certificate_fault

SYNC_PATH = "/api/v1/sync"
TIMEOUT = httpx.Timeout(30.0, connect=5.0, pool=5.0)
LIVE_TIMEOUT = httpx.Timeout(40.0, connect=5.0, pool=5.0)
"""For the live stream. A ping comes every 15 s, so 40 s of silence means a broken connection."""
OPEN_LIVE_S = 10.0
"""Seconds until the live stream must be open."""
MAX_LINE_BYTES = 64 * 1024
"""The longest line of the live stream."""


@dataclass(frozen=True, slots=True)
class ExchangeLimits:
    """Limits of one exchange: seconds from its start to the last byte, and bytes of the decompressed response."""

    seconds: float
    max_bytes: int


_SMALL = ExchangeLimits(10.0, 64 * 1024)
_PULL = ExchangeLimits(10.0, 1024 * 1024)
"""A revocation waits for no pull longer than this. A slow connection, and a page of more bytes, gets smaller pages
(`PullLoop`). A thousand participants are 150 kB; parsing 1 MiB of anything holds the interpreter's lock for some 10 ms."""
_CALL = ExchangeLimits(0.7, 64 * 1024)
"""A desk decides alone afterwards: somebody stands before it."""
_PUSH = ExchangeLimits(30.0, 1024 * 1024)
_REPORT = ExchangeLimits(10.0, 256 * 1024)
"""The answer may have sixteen commands and a configuration."""
_COMPRESS_FROM = 1024
_NO_TLS = ("WRONG_VERSION_NUMBER", "HTTP_REQUEST", "RECORD_LAYER_FAILURE", "UNKNOWN_PROTOCOL")
"""OpenSSL's reasons when the other side speaks something else, such as plain HTTP."""
_CONNECTION_LIMITS = httpx.Limits(keepalive_expiry=3.0)
"""Servers close an idle connection after 5 s (uvicorn's default). A request on a closed one would fail."""
_Model = TypeVar("_Model", bound=WireModel)


class HubApi:
    """HTTP client of one station for its hub."""

    def __init__(
        self,
        hub_url: str,
        *,
        credential: str | StationCredential = "",
        boot_id: str = "",
        proxy: str | None = None,
        transport: httpx.BaseTransport | None = None,
        timeout: httpx.Timeout = TIMEOUT,
        deadline_s: float | None = None,
    ) -> None:
        """Create a client. `transport` and `deadline_s` (in place of each exchange's own) are for tests.

        Raises:
            ValueError: `hub_url` is not an http(s) address.
        """
        parts = urlsplit(hub_url)
        if parts.scheme not in ("http", "https") or not parts.netloc:
            raise ValueError("the hub's address starts with http:// or https://")
        headers = {"Accept": "application/json", "Accept-Encoding": ACCEPT_ENCODING}
        if boot_id:
            headers[BOOT_HEADER] = boot_id
        shared = credential if isinstance(credential, StationCredential) else StationCredential(credential)
        self._verifier = AnswerVerifier(shared)
        secure = ssl.create_default_context() if parts.scheme == "https" else True
        self._deadline, self._deadline_s = ExchangeDeadline(), deadline_s
        timed = DeadlineTransport(self._deadline, verify=secure, limits=_CONNECTION_LIMITS, proxy=proxy)
        self._client = httpx.Client(
            base_url=hub_url.rstrip("/") + SYNC_PATH,
            headers=headers,
            timeout=timeout,
            trust_env=False,
            transport=transport or timed,
        )
        self._uncompressed = False

    @classmethod
    def for_enrolment(
        cls, enrolment: StationEnrolment, clock: Clock, credential: StationCredential | None = None
    ) -> "HubApi":
        """Return a client for the hub that the station is enrolled at. `credential` replaces that of the enrolment."""
        return cls(enrolment.hub_url, credential=credential or enrolment.credential, boot_id=clock.boot_id)

    def enrol(self, request: EnrolRequest) -> EnrolResponse:
        """Exchange a one-time token for a credential.

        Raises:
            HubClientError: See `http.errors`. A used or unknown token raises `HubRefused`.
        """
        return self._request(
            "POST", "/enrol", EnrolResponse, _SMALL, content=request.model_dump_json().encode()
        )

    def time(self) -> TimeResponse:
        """Return the hub's wall clock."""
        return self._request("GET", "/time", TimeResponse, _SMALL)

    def push(self, request: PushRequest) -> PushResponse:
        """Send journal rows. Without rows, the hub answers with the prefix that it holds."""
        return self._request("POST", "/push", PushResponse, _PUSH, content=request.model_dump_json().encode())

    def pull(
        self,
        position: tuple[str, str] | None,
        limit: int,
        keys_digest: str = "",
        operators_digest: str = "",
        peers_digest: str = "",
        *,
        event_id: str = "",
        count: bool = False,
        journal_id: str = "",
        screening_stamp: str = "",
        bulletins_stamp: str = NO_BULLETINS,
        door_stamp: str = NO_DOOR,
    ) -> PulledPage:
        """Return the next page of an event after an (epoch, cursor). None requests a snapshot from its beginning.

        Args:
            position: Epoch and cursor of the last page.
            limit: The greatest number of items on a page.
            keys_digest: `key_ring_digest` of the station's ticket keys; "" if it has none.
            operators_digest: That of the station's operators; "" if the hub has sent none yet.
            peers_digest: That of the event's other stations; "" if the hub has sent none yet.
            event_id: The event; "": the first one that the station is assigned to.
            count: Ask for the event's number of participants.
            screening_stamp: That of the event's blacklist; "" if the hub has sent none yet.
            bulletins_stamp: That of the event's bulletins.
            door_stamp: That of the seats which this gate may give to the waitlist.
            journal_id: The station's journal: the letters of its queue numbers belong to it. "": it needs none.
        """
        query: dict[str, str | int] = {
            "limit": limit,
            "keys": keys_digest,
            "operators": operators_digest,
            "peers": peers_digest,
            "bulletins": bulletins_stamp,
            "door": door_stamp,
        }
        if event_id:
            query["event"] = event_id
        if position is not None:
            query |= {"epoch": position[0], "cursor": position[1]}
        if count:
            query["count"] = "true"
        if journal_id:
            query["journal"] = journal_id
        if screening_stamp:
            query["screening"] = screening_stamp
        return parse_pull_page(self._exchange("GET", "/pull", _PULL, query=query))

    def send_receipts(self, receipts: BulletinReceipts) -> TimeResponse:
        """Say what became of bulletins."""
        return self._request(
            "POST", "/bulletins", TimeResponse, _SMALL, content=receipts.model_dump_json().encode()
        )

    def report(self, report: StationReport) -> ReportResponse:
        """Send the station's report; the answer has what the hub wants of it."""
        return self._request(
            "POST", "/report", ReportResponse, _REPORT, content=report.model_dump_json().encode()
        )

    def lease_block(self, request: BlockRequest) -> NumberBlock:
        """Return numbers of a queue. The same request gets the same numbers."""
        return self._request(
            "POST", "/queue/blocks", NumberBlock, _SMALL, content=request.model_dump_json().encode()
        )

    def call_next(self, request: CallRequest) -> CallResponse:
        """Call the next ticket. The same request gets the same answer. It is worth waiting for a short time only."""
        return self._request(
            "POST", "/queue/call", CallResponse, _CALL, content=request.model_dump_json().encode()
        )

    def upload_log(self, command_id: str, log: bytes) -> TimeResponse:
        """Send the station's log, compressed with gzip, which a command asks for."""
        value = self._exchange(
            "POST", "/log", _PUSH, content=log, query={"command": command_id}, media_type=LOG_TYPE
        )
        return _parse(TimeResponse, value)

    def push_seals(self, request: SealRequest) -> SealResponse:
        """Send seals of the journal; the hub answers with its anchors."""
        return self._request(
            "POST", "/seals", SealResponse, _PUSH, content=request.model_dump_json().encode()
        )

    @contextmanager
    def live(self, position: LivePosition | None = None) -> Iterator["LiveStream"]:
        """Open the stream of changes and nudges for the length of the block.

        Args:
            position: Where the station is: the stream begins with what has changed since. An older hub begins with a nudge as it does for None.

        Raises:
            HubClientError: The stream could not be opened, or broke.
        """
        headers = {
            "Accept": "text/event-stream",
            "Accept-Encoding": "identity",
            **self._verifier.sign_request(),
        }
        with _translated_errors(self._client.base_url.host):
            self._deadline.start(self._deadline_s or OPEN_LIVE_S)
            query = {"changes": "true"}
            if position is not None:
                query |= {"event": position.event_id, "cursor": position.cursor}
            with self._client.stream(
                "GET", "/live", params=query, headers=headers, timeout=LIVE_TIMEOUT
            ) as answer:
                check_response(answer, "text/event-stream", self._verifier)
                self._require_proof(answer, b"")
                self._deadline.clear()
                yield LiveStream(answer, self._verifier)

    def listen_to_status(self, listener: StatusListener) -> None:
        """Call `listener` with the station's status of each answer that the hub has proven."""
        self._verifier.on_status = listener

    @property
    def request_started_at(self) -> float:
        """The time at which the last request started, in monotonic seconds."""
        return self._verifier.request_started_at

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def _request(
        self,
        method: str,
        path: str,
        model: type[_Model],
        limits: ExchangeLimits,
        *,
        content: bytes | None = None,
    ) -> _Model:
        return _parse(model, self._exchange(method, path, limits, content=content))

    def _exchange(
        self,
        method: str,
        path: str,
        limits: ExchangeLimits,
        *,
        content: bytes | None = None,
        query: dict[str, str | int] | None = None,
        media_type: str = "application/json",
    ) -> object:
        """Send a request, and return the JSON value of its response."""
        request = _Request(method, path, content, query, media_type)
        with _translated_errors(self._client.base_url.host):
            try:
                body = self._send(request, limits)
            except HubRefused as refusal:
                if (
                    refusal.status != httpx.codes.UNSUPPORTED_MEDIA_TYPE
                    or self._uncompressed
                    or content is None
                ):
                    raise
                self._uncompressed = True  # an older hub, or a proxy before it, that takes no zstd
                body = self._send(request, limits)
        return parse_json(body)

    def _send(self, request: "_Request", limits: ExchangeLimits) -> bytes:
        content, headers = request.content, self._verifier.sign_request()
        if content is not None:
            headers["Content-Type"] = request.media_type
            is_plain = request.media_type == "application/json"
            if is_plain and not self._uncompressed and len(content) >= _COMPRESS_FROM:
                content = zstandard.compress(content, 3)
                headers["Content-Encoding"] = "zstd"
        self._deadline.start(self._deadline_s or limits.seconds)
        with self._client.stream(
            request.method, request.path, content=content, params=request.query, headers=headers
        ) as answer:
            check_response(answer, "application/json", self._verifier)
            body = read_body(answer, limits.max_bytes)
            self._require_proof(answer, body)
            return body

    def _require_proof(self, answer: httpx.Response, body: bytes) -> None:
        if not self._verifier.verify(answer, body):
            raise ResponseUnproven(errors.UNPROVEN)


@dataclass(frozen=True, slots=True)
class _Request:
    method: str
    path: str
    content: bytes | None
    query: dict[str, str | int] | None
    media_type: str = "application/json"


def _parse(model: type[_Model], value: object) -> _Model:
    try:
        return model.model_validate(value)
    except ValidationError:
        # The values stay out of the text: they may be somebody's name.
        raise InvalidHubResponse(errors.NOT_UNDERSTOOD) from None


@dataclass(frozen=True, slots=True)
class LiveEvent:
    """An event of the live stream."""

    name: str
    data: str = ""


class LiveStream:
    """An open stream of events: changes, or a reason to ask the hub for something."""

    def __init__(self, answer: httpx.Response, verifier: AnswerVerifier) -> None:
        self._answer, self._verifier = answer, verifier

    def events(self) -> Iterator[LiveEvent]:
        """Yield each event. Blocks until the next one and ends when the hub closes the stream.

        Raises:
            HubClientError: The stream broke.
        """
        with _translated_errors():
            name = data = ""
            for line in read_lines(self._answer, MAX_LINE_BYTES):
                field, _, value = line.partition(":")
                if not line:
                    if name:
                        yield LiveEvent(name, data)
                    name = data = ""
                elif field == "event":
                    name = value.strip()
                elif field == "data":
                    data = value.strip()  # the hub's data are of one line

    def read_changes(self, event: LiveEvent) -> PulledChanges:
        """Return the changes in an event of the stream.

        Raises:
            InvalidHubResponse, ResponseTooLarge: They are not understood.
            ResponseUnproven: They are not the hub's.
        """
        return parse_changes(event.data, self._verifier.verify_changes)

    def disconnect(self) -> None:
        """End the stream from another thread. Its reader fails as for a broken connection."""
        stream = self._answer.extensions.get("network_stream")
        line = stream.get_extra_info("socket") if stream is not None else None
        if line is not None:
            try:
                line.shutdown(2)
            except OSError:
                return  # broken already


@contextmanager
def _translated_errors(host: str = "") -> Iterator[None]:
    """Translate errors of the network into those of `http.errors`."""
    try:
        yield
    except HubClientError:
        raise
    except httpx.TimeoutException as late:
        raise HubTimeout(errors.TOO_SLOW) from late
    except (httpx.DecodingError, httpx.RemoteProtocolError, UnicodeDecodeError) as broken:
        raise InvalidHubResponse(errors.CUT_OFF) from broken
    except (httpx.TransportError, httpx.StreamError, OSError) as gone:
        fault = certificate_fault(gone)
        if fault is not None:
            raise CertificateRefused(fault, host) from gone
        if _is_no_tls(gone):
            raise HubWithoutTls(errors.NO_TLS) from gone
        raise HubUnreachable(errors.NO_ANSWER) from gone


def _is_no_tls(error: BaseException) -> bool:
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLError) and cause.reason in _NO_TLS:
            return True
        cause = cause.__cause__ or cause.__context__
    return False
