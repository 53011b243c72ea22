"""Sample scans, participants and pages, and a fake hub that follows the sync protocol."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import httpx
import orjson
import zstandard

from hub_sync.contract.clock import ManualClock, epoch_ms
from hub_sync.contract.enums import Direction, ReasonCode, ScanResult, ScanType
from hub_sync.contract.ids import new_id
from hub_sync.contract.sync import PARTICIPANT_FIELDS, PullPage, PushRequest, ScanRecord
from hub_sync.rules.journal_chain import GENESIS, chain_hash

NOON = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)


def scan(participant_id: str | None = "p1", **changes: Any) -> ScanRecord:
    """Return a scan at noon, admitted by default."""
    fields: dict[str, Any] = {
        "id": new_id(),
        "device_id": "gate-a",
        "event_id": "event",
        "checkpoint_id": "checkpoint",
        "zone": "hall",
        "participant_id": participant_id,
        "scan_type": ScanType.QR,
        "direction": Direction.ENTRY,
        "result": ScanResult.VALID,
        "reason": ReasonCode.ADMITTED,
        "scanned_at_ms": epoch_ms(NOON),
        "monotonic_ms": 1000,
        "boot_id": "boot-1",
        "clock_sure": True,
    }
    return ScanRecord(**(fields | changes))


def person(id_: str, first: str = "Ada", last: str = "Lovelace", code: str = "", **changes: Any) -> list[Any]:
    """Return a participant as the list in a pull page."""
    fields: dict[str, Any] = {"id": id_, "first_name": first, "last_name": last, "code": code or f"REG-{id_}"}
    fields |= {"status": "APPROVED", "category": "visitor", "standing": "", "version": 1}
    fields |= {"tickets_valid_from": 0, "group_ref": "", **changes}
    return [fields[name] for name in PARTICIPANT_FIELDS]


def page(*people: list[Any], **changes: Any) -> PullPage:
    """Return a pull page, by default a complete snapshot."""
    fields = {
        "epoch": "epoch-1",
        "cursor": "1",
        "more": False,
        "snapshot": True,
        "total": len(people),
        "participants": people,
        "server_time_ms": epoch_ms(NOON),
    }
    return PullPage.model_validate_json(orjson.dumps(fields | changes))


class FakeHub:
    """A hub in memory that follows the protocol, for `httpx.MockTransport(hub)`.

    `fails` is called before every request. It may return another response, or raise an error of the network.
    """

    def __init__(self, clock: ManualClock) -> None:
        self.clock = clock
        self.journals: dict[str, list[tuple[str, str, str | None]]] = {}
        self.pages: list[dict[str, Any]] = []
        self.fails: Callable[[str, Any], httpx.Response | None] = lambda path, payload: None
        self.after: Callable[[str], httpx.Response | None] = lambda path: None
        self.calls: list[str] = []
        self.headers: httpx.Headers = httpx.Headers()
        self.stream: Callable[[], Iterator[bytes]] = lambda: iter(())

    def __call__(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path.rsplit("/", 1)[1]
        self.calls.append(path)
        self.headers = request.headers
        payload = (
            PushRequest.model_validate_json(_plain(request)) if path == "push" else dict(request.url.params)
        )
        answer = self.fails(path, payload) or getattr(self, path)(payload)
        return self.after(path) or answer

    def time(self, payload: Any) -> httpx.Response:
        return httpx.Response(200, json={"server_time_ms": epoch_ms(self.clock.now())})

    def live(self, payload: Any) -> httpx.Response:
        return httpx.Response(200, headers={"content-type": "text/event-stream"}, content=self.stream())

    def push(self, payload: PushRequest) -> httpx.Response:
        rows = self.journals.setdefault(payload.journal_id, [])
        verdicts = []
        for item in payload.items:
            if item.sequence <= len(rows):
                if rows[item.sequence - 1][1] != item.hash:
                    return refused(409, "JournalForked")
                verdicts.append({"sequence": item.sequence, "verdict": "DUPLICATE"})
                continue
            if item.sequence != len(rows) + 1:
                return refused(409, "JournalGap")
            head = rows[-1][1] if rows else GENESIS
            if item.set_aside is None and chain_hash(head, item.body.encode()) != item.hash:
                return refused(422, "ChainBroken")
            rows.append((item.body, item.hash, item.set_aside))
            verdicts.append(
                {"sequence": item.sequence, "verdict": "SET_ASIDE" if item.set_aside else "ACCEPTED"}
            )
        acknowledged = {
            "journal_id": payload.journal_id,
            "sequence": len(rows),
            "head": rows[-1][1] if rows else GENESIS,
        }
        body = {
            "verdicts": verdicts,
            "acknowledged": acknowledged,
            "server_time_ms": epoch_ms(self.clock.now()),
        }
        return httpx.Response(200, json=body)

    def report(self, payload: Any) -> httpx.Response:
        return self.time(payload)

    def pull(self, payload: dict[str, str]) -> httpx.Response:
        number = int(payload.get("cursor", "0"))
        if number >= len(self.pages):
            return httpx.Response(
                200,
                content=page(snapshot=False, cursor=str(number)).model_dump_json(),
                headers={"content-type": "application/json"},
            )
        fields = {"epoch": "epoch-1", "cursor": str(number + 1), "more": number + 1 < len(self.pages)}
        return httpx.Response(200, json=page(**(fields | self.pages[number])).model_dump(mode="json"))

    def scans(self) -> list[dict[str, Any]]:
        """Return the scans of all journals, each id once."""
        bodies = [
            orjson.loads(body) for rows in self.journals.values() for body, _, aside in rows if not aside
        ]
        return list({body["id"]: body for body in bodies}.values())


def refused(status: int, code: str, message: str = "No.", **headers: str) -> httpx.Response:
    """Return a problem response as the hub sends it."""
    body = {"title": code, "status": status, "error": {"code": code, "message": message}}
    return httpx.Response(
        status, content=orjson.dumps(body), headers={"content-type": "application/problem+json", **headers}
    )


def _plain(request: httpx.Request) -> bytes:
    if request.headers.get("content-encoding") == "zstd":
        return zstandard.ZstdDecompressor().decompress(request.content, max_output_size=1 << 26)
    return request.content
