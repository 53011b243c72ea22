"""Each answer to a station proves that it is the hub's, whatever its status and compression."""

import gzip

import pytest
import zstandard
from httpx2 import Response

from hub_sync.contract.enums import DeviceStatus
from hub_sync.hub.domains.devices import service as devices
from hub_sync.hub.kit.http.context import HubContext
from hub_sync.rules.answer_proof import NONCE_HEADER, PROOF_HEADER, STATUS_HEADER, compute_proof, proof_key
from tests.hub_sync.hub.conftest import Seeded
from tests.hub_sync.hub.station_client import Journal, StationClient, journal, station

__all__ = ["journal", "station"]


def get(station: StationClient, path: str, **headers: str) -> Response:
    return station.client.get(
        f"/api/v1/sync/{path}", headers=station.headers | {NONCE_HEADER: "n-1"} | headers
    )


def expected(station: StationClient, response: Response, status: str, body: bytes | None = None) -> str:
    key = proof_key(station.credential) or ""
    return compute_proof(key, "n-1", status, response.status_code, response.content if body is None else body)


@pytest.mark.parametrize("encoding", ["identity", "gzip", "zstd"])
def test_a_page_is_proven_before_its_compression(station: StationClient, encoding: str) -> None:
    response = get(station, "pull", **{"Accept-Encoding": encoding})
    assert response.status_code == 200
    assert response.headers[STATUS_HEADER] == "ACTIVE"
    body = response.content
    if body.startswith(b"\x28\xb5\x2f\xfd"):  # a test client without zstd
        body = zstandard.decompress(body)
    assert response.headers[PROOF_HEADER] == expected(station, response, "ACTIVE", body)


def test_a_push_that_is_refused_is_proven(station: StationClient, journal: Journal) -> None:
    journal.scan()
    second = journal.scan()
    body = journal.request(second).model_dump_json().encode()
    response = station.send(body, **{NONCE_HEADER: "n-1"})
    assert response.status_code == 409
    assert response.headers[PROOF_HEADER] == expected(station, response, "ACTIVE")


@pytest.mark.parametrize(("status", "code"), [("LOCKED", "DeviceLocked"), ("REVOKED", "DeviceRevoked")])
def test_a_lock_and_a_revocation_are_proven(
    hub: HubContext, station: StationClient, seeded: Seeded, status: str, code: str
) -> None:
    with hub.uow.begin() as work:
        devices.set_status(work, seeded.tenant_id, seeded.device_id, DeviceStatus(status))
    for path in ("pull", "live"):
        response = get(station, path)
        assert (response.status_code, response.json()["error"]["code"]) == (403, code)
        assert response.headers[STATUS_HEADER] == status
        assert response.headers[PROOF_HEADER] == expected(station, response, status)


def test_who_has_no_credential_gets_no_proof(station: StationClient) -> None:
    response = get(station, "pull", Authorization="Bearer dw_x_y")
    assert response.status_code == 401
    assert PROOF_HEADER not in response.headers


def test_a_request_without_a_nonce_or_with_an_endless_one_gets_no_proof(station: StationClient) -> None:
    for nonce in ("", "n" * 200):
        response = get(station, "pull", **{NONCE_HEADER: nonce})
        assert response.status_code == 200
        assert PROOF_HEADER not in response.headers


def test_compressed_bodies_arrive_whole(station: StationClient) -> None:
    with station.client.stream(
        "GET",
        "/api/v1/sync/pull",
        headers=station.headers | {NONCE_HEADER: "n", "Accept-Encoding": "zstd"},
    ) as response:
        raw = b"".join(response.iter_raw())
        encoding = response.headers.get("content-encoding")
    plain = {"zstd": lambda: zstandard.decompress(raw), "gzip": lambda: gzip.decompress(raw)}
    assert b'"epoch"' in (plain[encoding]() if encoding in plain else raw)
