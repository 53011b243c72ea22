"""A station's connection to the hub, with the faults of networks."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum

import httpx
import zstandard

from hub_sync.contract.sync import ClockCorrection, PushItem, PushRequest, PushResponse
from tests.faults.crash_injection import CrashPoint
from tests.support.builders.hub import HubInProcess

PAGE = 3
"""Rows of a pull page on this connection, so that few people make many pages."""


class NetworkCondition(StrEnum):
    """Condition of the connection."""

    CLEAR = "clear"
    DOWN = "down"
    ANSWERS_LOST = "answers lost"
    ANSWERS_CUT = "answers cut off"
    LOG_IN_PAGE = "a captive portal answers"
    BUSY = "429"
    BROKEN = "502"
    PUSHES_JAMMED = "pushes hang, all else goes through"
    PUSH_ANSWERS_LOST = "pushes arrive, their answers do not"
    TWICE = "every request arrives twice"
    DELAYED = "requests time out and arrive later"


@dataclass
class ReceivedRows:
    """Rows that a hub accepted from the stations: by journal (device, journal id), the item and its request's anchors.

    `corrections` holds those of each journal, in the order of their arrival.
    """

    journals: dict[tuple[str, str], dict[int, tuple[PushItem, dict[str, int]]]] = field(
        default_factory=lambda: defaultdict(dict)
    )
    corrections: dict[tuple[str, str], list[ClockCorrection]] = field(
        default_factory=lambda: defaultdict(list)
    )


class FaultyNetwork(httpx.BaseTransport):
    """One station's connection. The hub fails (500) on a push that contains a text of `poisoned`."""

    def __init__(
        self, hub: Callable[[], HubInProcess], device_id: str, crash: CrashPoint, received: ReceivedRows
    ) -> None:
        self._hub, self._device_id, self._crash, self._received = hub, device_id, crash, received
        self.condition = NetworkCondition.CLEAR
        self.poisoned: set[str] = set()
        self.sent: list[httpx.Request] = []
        """Pushes that were sent, unchanged, for repeated deliveries."""
        self._delayed: list[httpx.Request] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Deliver one request, or fail as the condition says."""
        self._crash.step()
        request.read()
        pushes = request.url.path.endswith("/push")
        if pushes:
            self.sent.append(request)
        refusal = self._before_delivery(request, pushes)
        if refusal is not None:
            return refusal
        answer = self.deliver(request)
        self._crash.step()
        return self._after_delivery(request, answer, pushes)

    def deliver(self, request: httpx.Request) -> httpx.Response:
        """Deliver a request to the hub, now or again later."""
        pushed = _pushed(request) if request.url.path.endswith("/push") else None
        if pushed is not None and any(text in item.body for item in pushed.items for text in self.poisoned):
            return httpx.Response(500, text="the hub fails on this row")
        answer = self._hub().answer(_paged(request))
        if pushed is not None and answer.status_code == httpx.codes.OK:
            self._record(pushed, answer)
        return answer

    def deliver_delayed(self) -> None:
        """Deliver the requests that were delayed, long after their sender gave up."""
        delayed, self._delayed = self._delayed, []
        for request in delayed:
            self.deliver(request)

    def _before_delivery(self, request: httpx.Request, pushes: bool) -> httpx.Response | None:
        match self.condition:
            case NetworkCondition.DOWN:
                raise httpx.ConnectError("no route to host", request=request)
            case NetworkCondition.PUSHES_JAMMED if pushes:
                raise httpx.ReadTimeout("hangs", request=request)
            case NetworkCondition.LOG_IN_PAGE:
                return httpx.Response(200, html="<title>Welcome to Hotel Wi-Fi</title>")
            case NetworkCondition.BUSY:
                return httpx.Response(429, headers={"Retry-After": "1"})
            case NetworkCondition.BROKEN:
                return httpx.Response(502, text="bad gateway")
            case NetworkCondition.DELAYED:
                self._delayed.append(request)
                raise httpx.ReadTimeout("no answer", request=request)
            case NetworkCondition.TWICE:
                self.deliver(request)
        return None

    def _after_delivery(self, request: httpx.Request, answer: httpx.Response, pushes: bool) -> httpx.Response:
        lost = self.condition is NetworkCondition.ANSWERS_LOST or (
            pushes and self.condition is NetworkCondition.PUSH_ANSWERS_LOST
        )
        if lost:
            raise httpx.ReadTimeout("no answer", request=request)
        if self.condition is NetworkCondition.ANSWERS_CUT:
            whole = b"".join(answer.stream)  # type: ignore[arg-type]
            half = httpx.ByteStream(whole[: len(whole) // 2])
            return httpx.Response(answer.status_code, headers=answer.headers, stream=half)
        return answer

    def _record(self, pushed: PushRequest, answer: httpx.Response) -> None:
        whole = b"".join(answer.stream)  # type: ignore[arg-type]
        copy = httpx.Response(answer.status_code, headers=answer.headers, content=whole)
        answer.stream = httpx.ByteStream(whole)
        verdicts = PushResponse.model_validate_json(copy.content).verdicts
        journal = self._received.journals[self._device_id, pushed.journal_id]
        self._received.corrections[self._device_id, pushed.journal_id].extend(pushed.corrections)
        for item, verdict in zip(pushed.items, verdicts, strict=True):
            if verdict.verdict != "DUPLICATE":
                assert item.sequence not in journal, "the hub took one row twice"
                journal[item.sequence] = (item, dict(pushed.anchors))


def _pushed(request: httpx.Request) -> PushRequest:
    body = request.content
    if request.headers.get("content-encoding") == "zstd":
        body = zstandard.ZstdDecompressor().decompress(body, max_output_size=1 << 24)
    return PushRequest.model_validate_json(body)


def _paged(request: httpx.Request) -> httpx.Request:
    if not request.url.path.endswith("/pull"):
        return request
    url = request.url.copy_merge_params({"limit": PAGE})
    return httpx.Request(request.method, url, headers=request.headers)
