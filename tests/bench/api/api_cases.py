"""The ten acts that `bench_api` measures, as requests against one hub with 10,000 participants.

Every write is a new one: each scan admits another participant, each PUT changes another one, and each push brings the
next row of the journal of the station that sends it. So a client's requests must be sent in order, each once.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count, cycle, islice
from typing import Any
from urllib.parse import quote

import httpx

from hub_sync.client.http.hub_api import HubApi
from hub_sync.contract.clock import SystemClock, epoch_ms
from hub_sync.contract.enums import Direction, ReasonCode, ScanResult, ScanType
from hub_sync.contract.ids import new_id
from hub_sync.contract.sync import BOOT_HEADER, EnrolRequest, PushItem, PushRequest, ScanRecord
from hub_sync.rules.journal_chain import GENESIS, chain_hash
from hub_sync.rules.tickets.ticket_codec import TicketPayload, seal_ticket
from hub_sync.rules.tickets.ticket_keys import TicketKey
from kiosk_app.demo.hub_process import HubProcess
from tests.bench.api.http_load import HttpRequest

PARTICIPANTS, KEYS, STATIONS = 10_000, 4, 8
CALLS_A_MINUTE = 100_000
"""The highest rate limit that a key may have."""
DELTA = 10
"""How many changed participants a pulled delta has."""
CASES = (
    "get_event",
    "list_participants",
    "search_participants",
    "post_participant",
    "put_participant",
    "scan_by_ticket",
    "scan_by_code",
    "occupancy",
    "push_one_scan",
    "pull_delta",
)
CASES_OF_ONE_PERSON_A_CALL = frozenset({"put_participant", "scan_by_ticket", "scan_by_code", "push_one_scan"})
MOST_CALLS = PARTICIPANTS * 6 // 10
"""The calls of those cases for which there are people in any case: approved ones, each used once."""
TICKET_KEY = TicketKey("bench", bytes(range(32)))
ZONE = "bench-hall"


@dataclass(frozen=True)
class Case:
    """One act: how to write its requests, and what a right response has."""

    name: str
    requests: Callable[[int], Iterator[HttpRequest]]
    """Called once with the number of each client: an endless stream of its requests."""
    status: int = 200
    contains: str = ""


@dataclass(frozen=True)
class Station:
    """An enrolled station."""

    device_id: str
    credential: str


class Cases:
    """Makes the cases for a running hub."""

    def __init__(self, process: HubProcess) -> None:
        """Prepare the hub: its demo event, a checkpoint, API keys and stations. `process` is running.

        Args:
            process: a hub over an empty folder; it was started with `TICKET_KEY` in QR_ENCRYPTION_KEY.
        """
        event = process.command("demo-event", "--participants", str(PARTICIPANTS), "--with-participants")
        admin = process.command(
            "api-key", "create", "--name", "Bench", "--permission", "*", "--rate-limit", str(CALLS_A_MINUTE)
        )
        self._client = httpx.Client(
            base_url=process.url, headers={"X-API-Key": admin["key"]}, trust_env=False, timeout=60
        )
        self._tenant_id, self._event_id = event["tenant_id"], event["event_id"]
        self._event_path = f"/api/v1/events/{self._event_id}"
        approved = [person for person in event["participants"] if person["status"] == "APPROVED"]
        self._last_name = approved[0]["last_name"]
        self._people = iter(approved)
        self._checkpoint_id = self._post(
            f"{self._event_path}/checkpoints", {"name": "Bench", "zone": ZONE, "direction": "bidirectional"}
        )["id"]
        self._keys = [self._create_key(number) for number in range(KEYS)]
        self._stations = [self._enrol(process.url, number) for number in range(STATIONS)]

    def all(self) -> list[Case]:
        """Return the cases in the order of `CASES`."""
        participants = f"{self._event_path}/participants"
        return [
            self._read("get_event", self._event_path),
            self._read("list_participants", f"{participants}?limit=50"),
            self._read("search_participants", f"{participants}?limit=50&q={quote(self._last_name)}"),
            Case("post_participant", self._posts, status=201),
            Case("put_participant", self._puts),
            Case("scan_by_ticket", lambda client: self._scans(client, by_ticket=True), contains='"VALID"'),
            Case("scan_by_code", lambda client: self._scans(client, by_ticket=False), contains='"VALID"'),
            self._read("occupancy", f"{self._event_path}/occupancy"),
            Case("push_one_scan", self._pushes, contains='"ACCEPTED"'),
            Case("pull_delta", self._pulls, contains='"snapshot":false'),
        ]

    def close(self) -> None:
        """Close the connection to the hub."""
        self._client.close()

    # --- the hub's data ----------------------------------------------------------------------------

    def _post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        response = self._client.post(path, json=body)
        if response.is_error:
            raise RuntimeError(f"POST {path}: {response.status_code} {response.text}")
        data: dict[str, Any] = response.json()["data"]
        return data

    def _create_key(self, number: int) -> str:
        fields = {
            "name": f"Bench {number}",
            "permissions": ["*"],
            "tier": "CUSTOM",
            "rate_limit": CALLS_A_MINUTE,
        }
        return str(self._post("/api/v1/api-keys", fields)["key"])

    def _enrol(self, url: str, number: int) -> Station:
        fields = {"name": f"Bench {number}", "event_id": self._event_id, "checkpoint_id": self._checkpoint_id}
        code = self._post("/api/v1/devices", fields)["enrolment"]["code"]
        api = HubApi(url)
        answer = api.enrol(EnrolRequest(token=code, serial=new_id(), software="bench"))
        api.close()
        return Station(answer.device_id, answer.credential)

    # --- the requests ------------------------------------------------------------------------------

    def _read(self, name: str, path: str) -> Case:
        return Case(name, lambda _: (HttpRequest("GET", path, key) for key in self._key_headers()))

    def _key_headers(self) -> Iterator[dict[str, str]]:
        return cycle([{"X-API-Key": key} for key in self._keys])

    def _posts(self, client: int) -> Iterator[HttpRequest]:
        marker = new_id()
        for number, key in zip(count(), self._key_headers(), strict=False):
            body = (
                f'{{"first_name":"Ada","last_name":"Lovelace {client} {number}",'
                f'"email":"ada.{number}.{marker}@example.org","status":"APPROVED","category":"delegate"}}'
            )
            yield HttpRequest("POST", f"{self._event_path}/participants", key, body)

    def _puts(self, client: int) -> Iterator[HttpRequest]:
        for number, key in zip(count(), self._key_headers(), strict=False):
            path = f"{self._event_path}/participants/{next(self._people)['id']}"
            body = f'{{"last_name":"Lovelace {client} {number}"}}'
            yield HttpRequest("PUT", path, {**key, "If-Match": "*"}, body)

    def _scans(self, _: int, *, by_ticket: bool) -> Iterator[HttpRequest]:
        for key in self._key_headers():
            person = next(self._people)
            if by_ticket:
                payload = TicketPayload(pid=person["id"], tid=self._tenant_id, eid=self._event_id, iat=1)
                code = f'"ticket":"{seal_ticket(payload, TICKET_KEY)}"'
            else:
                code = f'"registration_code":"{person["code"]}"'
            body = f'{{"checkpoint_id":"{self._checkpoint_id}",{code}}}'
            yield HttpRequest("POST", f"{self._event_path}/scans", key, body)

    def _pushes(self, client: int) -> Iterator[HttpRequest]:
        station, clock, journal_id, head = self._stations[client], SystemClock(), new_id(), GENESIS
        headers = {"Authorization": f"Bearer {station.credential}", BOOT_HEADER: "boot"}
        for sequence in count(1):
            body = self._record(station, clock).model_dump_json()
            head = chain_hash(head, body.encode())
            request = PushRequest(
                journal_id=journal_id,
                sent_at_ms=epoch_ms(clock.now()),
                anchors={clock.boot_id: epoch_ms(clock.now()) - clock.monotonic_ms()},
                items=(PushItem(sequence=sequence, body=body, hash=head),),
            )
            yield HttpRequest("POST", "/api/v1/sync/push", headers, request.model_dump_json())

    def _record(self, station: Station, clock: SystemClock) -> ScanRecord:
        return ScanRecord(
            id=new_id(),
            device_id=station.device_id,
            event_id=self._event_id,
            checkpoint_id=self._checkpoint_id,
            zone=ZONE,
            participant_id=next(self._people)["id"],
            scan_type=ScanType.QR,
            direction=Direction.ENTRY,
            result=ScanResult.VALID,
            reason=ReasonCode.ADMITTED,
            code_digest="0" * 64,
            scanned_at_ms=epoch_ms(clock.now()),
            monotonic_ms=clock.monotonic_ms(),
            boot_id=clock.boot_id,
            clock_sure=True,
            roster_age_s=1,
        )

    def _pulls(self, client: int) -> Iterator[HttpRequest]:
        """Pull everything, change `DELTA` participants, and return the request for the delta again and again."""
        headers = {"Authorization": f"Bearer {self._stations[client].credential}", BOOT_HEADER: "boot"}
        query: dict[str, str] = {}
        more = True
        while more:
            response = self._client.get("/api/v1/sync/pull", headers=headers, params=query).raise_for_status()
            page = response.json()
            more, query = page["more"], {"epoch": page["epoch"], "cursor": page["cursor"]}
        for request in islice(self._puts(client), DELTA):
            headers_of_put = {**request.headers, "Content-Type": "application/json"}
            self._client.put(
                request.path, headers=headers_of_put, content=request.body.encode()
            ).raise_for_status()
        path = f"/api/v1/sync/pull?{httpx.QueryParams(query)}"
        while True:
            yield HttpRequest("GET", path, headers)
