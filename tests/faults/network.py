"""A station's line to the hub, and what networks do to it."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum

import httpx
import zstandard

from hub_sync.contract.sync import PushItem, PushRequest, PushResponse
from tests.faults.mortal import Fuse
from tests.support.builders.hub import HubInProcess

PAGE = 3
"""Rows of a page on this line, so that a handful of people makes many pages."""


class Weather(StrEnum):
    """What the line is like."""

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


@dataclass
class Told:
    """What a hub has taken in of the stations: by journal (device, journal id), the item and its request's anchors."""

    journals: dict[tuple[str, str], dict[int, tuple[PushItem, dict[str, int]]]] = field(
        default_factory=lambda: defaultdict(dict)
    )


class Network(httpx.BaseTransport):
    """One station's line. `poisoned` are texts that the hub fails on (500) where they occur in a push."""

    def __init__(self, hub: Callable[[], HubInProcess], device_id: str, fuse: Fuse, told: Told) -> None:
        self._hub, self._device_id, self._fuse, self._told = hub, device_id, fuse, told
        self.weather = Weather.CLEAR
        self.poisoned: set[str] = set()
        self.sent: list[httpx.Request] = []
        """Pushes that went out, as they were, for late deliveries."""

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Carry one request, or do not."""
        self._fuse.step()
        request.read()
        pushes = request.url.path.endswith("/push")
        if pushes:
            self.sent.append(request)
        refusal = self._on_the_way(request, pushes)
        if refusal is not None:
            return refusal
        answer = self.deliver(request)
        self._fuse.step()
        return self._on_the_way_back(request, answer, pushes)

    def deliver(self, request: httpx.Request) -> httpx.Response:
        """Put a request to the hub, now or once more later."""
        pushed = _pushed(request) if request.url.path.endswith("/push") else None
        if pushed is not None and any(text in item.body for item in pushed.items for text in self.poisoned):
            return httpx.Response(500, text="the hub fails on this row")
        answer = self._hub().answer(_paged(request))
        if pushed is not None and answer.status_code == httpx.codes.OK:
            self._note(pushed, answer)
        return answer

    def _on_the_way(self, request: httpx.Request, pushes: bool) -> httpx.Response | None:
        match self.weather:
            case Weather.DOWN:
                raise httpx.ConnectError("no route to host", request=request)
            case Weather.PUSHES_JAMMED if pushes:
                raise httpx.ReadTimeout("hangs", request=request)
            case Weather.LOG_IN_PAGE:
                return httpx.Response(200, html="<title>Welcome to Hotel Wi-Fi</title>")
            case Weather.BUSY:
                return httpx.Response(429, headers={"Retry-After": "1"})
            case Weather.BROKEN:
                return httpx.Response(502, text="bad gateway")
            case Weather.TWICE:
                self.deliver(request)
        return None

    def _on_the_way_back(
        self, request: httpx.Request, answer: httpx.Response, pushes: bool
    ) -> httpx.Response:
        lost = self.weather is Weather.ANSWERS_LOST or (pushes and self.weather is Weather.PUSH_ANSWERS_LOST)
        if lost:
            raise httpx.ReadTimeout("no answer", request=request)
        if self.weather is Weather.ANSWERS_CUT:
            whole = b"".join(answer.stream)  # type: ignore[arg-type]
            half = httpx.ByteStream(whole[: len(whole) // 2])
            return httpx.Response(answer.status_code, headers=answer.headers, stream=half)
        return answer

    def _note(self, pushed: PushRequest, answer: httpx.Response) -> None:
        whole = b"".join(answer.stream)  # type: ignore[arg-type]
        copy = httpx.Response(answer.status_code, headers=answer.headers, content=whole)
        answer.stream = httpx.ByteStream(whole)
        verdicts = PushResponse.model_validate_json(copy.content).verdicts
        journal = self._told.journals[self._device_id, pushed.journal_id]
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
