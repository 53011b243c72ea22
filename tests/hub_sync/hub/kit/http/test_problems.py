"""Problem documents: every error response is one of RFC 9457 that carries the report's error, never a traceback."""

import gzip
import json
from collections.abc import Iterator
from typing import Any

import pytest
import zstandard
from fastapi import FastAPI
from httpx2 import Response
from pydantic import BaseModel, field_validator
from starlette.responses import Response as StreamedResponse
from starlette.testclient import TestClient

from hub_sync.contract.errors import PROBLEM_TYPE
from hub_sync.contract.sync import BOOT_HEADER
from hub_sync.hub.kit.errors import Conflict
from hub_sync.hub.kit.http.compression import compressed_response
from hub_sync.hub.kit.settings import MIB
from tests.hub_sync.hub.conftest import Seeded
from tests.hub_sync.hub.station_client import enrol

ECHO, BIG, BOOM, FULL = "/test/echo", "/api/v1/sync/push", "/test/boom", "/test/full"


class Message(BaseModel):
    text: str
    number: float = 0

    @field_validator("text")
    @classmethod
    def _refused(cls, text: str) -> str:
        if text == "refuse me":
            raise ValueError("not that text")
        return text


class WaitlistFull(Conflict):
    """An error as a domain declares it."""

    template = "The waitlist is full."


@pytest.fixture(params=["sqlite"])
def kind(request: pytest.FixtureRequest) -> str:
    """Run on SQLite only: no test here reads the database."""
    return str(request.param)


@pytest.fixture
def client(app: FastAPI) -> Iterator[TestClient]:
    """Yield a client of the hub with a few routes that fail on demand."""

    @app.post(ECHO)
    def echo(message: Message) -> Message:
        return message

    @app.get(BOOM)
    def boom() -> None:
        raise ZeroDivisionError("secret detail")

    @app.get(FULL)
    def full() -> None:
        raise WaitlistFull(seats=3)

    @app.get(f"{FULL}/odd")
    def odd() -> None:
        raise WaitlistFull(seats=3, detail="a", message="b", status=1, code="c")

    with TestClient(app, raise_server_exceptions=False) as client:
        yield client


def problem(answer: Response, status: int, code: str) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == PROBLEM_TYPE
    body: dict[str, Any] = answer.json()
    assert body["status"] == status
    assert body["error"]["code"] == code
    assert body["error"]["message"] == body["detail"] != ""
    return body


def post(client: TestClient, content: bytes, path: str = ECHO, **headers: str) -> Response:
    return client.post(path, content=content, headers={"Content-Type": "application/json", **headers})


def test_what_is_fine_passes(client: TestClient) -> None:
    assert (
        post(client, '{"text": "Zoë 🎫 \\\\u0000 \\ud83c\\udfab"}'.encode()).json()["text"]
        == "Zoë 🎫 \\u0000 🎫"
    )


def test_the_class_name_is_the_code_and_details_are_members(client: TestClient) -> None:
    assert problem(client.get(FULL), 409, "WaitlistFull")["seats"] == 3


def test_a_parameter_that_is_named_like_a_member_is_no_bug(client: TestClient) -> None:
    body = problem(client.get(f"{FULL}/odd"), 409, "WaitlistFull")
    assert (body["detail"], body["seats"]) == ("The waitlist is full.", 3)


def test_unknown_routes_and_methods(client: TestClient) -> None:
    problem(client.get("/nowhere"), 404, "NotFound")
    problem(client.delete(ECHO), 405, "MethodNotAllowed")
    assert client.delete(ECHO).headers["allow"] == "POST"


def test_what_an_address_takes_is_told_whole(client: TestClient) -> None:
    answer = client.patch("/api/v1/events/some-id")
    detail = problem(answer, 405, "MethodNotAllowed")["detail"]
    assert answer.headers["allow"] == "DELETE, GET, PUT"
    assert detail == "This address takes DELETE, GET, PUT, not PATCH."


def test_json_that_is_nested_too_deeply_is_refused_in_words(client: TestClient) -> None:
    detail = problem(post(client, b"[" * 9_000), 400, "BadRequest")["detail"]
    assert detail == "The body is no JSON that can be read: it may be nested too deeply."


def test_our_own_checks_speak_without_the_librarys_prefix(client: TestClient) -> None:
    answer = post(client, b'{"text": "refuse me"}')
    assert problem(answer, 422, "ValidationFailed")["detail"] == "body.text: not that text"


def test_a_bug_says_nothing_of_itself(client: TestClient) -> None:
    answer = client.get(BOOM)
    body = problem(answer, 500, "InternalError")
    assert "secret" not in answer.text
    assert "ZeroDivision" not in answer.text
    assert body["request_id"] == answer.headers["x-request-id"]


def test_no_cache_keeps_a_refusal(client: TestClient) -> None:
    assert client.get("/api/v1/nothing").headers["cache-control"] == "no-store"


def test_validation_names_the_fields(client: TestClient) -> None:
    body = problem(post(client, b'{"number": "x"}'), 422, "ValidationFailed")
    assert {error["where"] for error in body["errors"]} == {"body.text", "body.number"}


@pytest.mark.parametrize("content", [b"{", b"", b"\xff\xfe", b'{"text": "\xc3\x28"}', b"[" * 100_000, b"nul"])
def test_what_is_no_json_is_400_or_422(client: TestClient, content: bytes) -> None:
    answer = post(client, content)
    assert answer.status_code in (400, 422)
    problem(answer, answer.status_code, answer.json()["error"]["code"])


@pytest.mark.parametrize(
    "content",
    [
        b'{"text": "a\\u0000b"}',
        b'{"text": "\\\\\\u0000"}',
        b'{"text": "a\x00b"}',
        b'{"\\u0000": 1, "text": ""}',
    ],
)
def test_nul_is_refused(client: TestClient, content: bytes) -> None:
    problem(post(client, content), 422, "Unprocessable")


@pytest.mark.parametrize(
    "content", [b'{"text": "\\ud800"}', b'{"text": "\\udc00x"}', b'{"text": "\\uD83Cx"}']
)
def test_half_a_character_is_refused(client: TestClient, content: bytes) -> None:
    problem(post(client, content), 422, "Unprocessable")


@pytest.mark.parametrize("kind", ["Application/JSON", "APPLICATION/X+JSON; charset=utf-8"])
@pytest.mark.parametrize("content", [b'{"text": "a\\u0000b"}', b'{"text": "\\ud800"}'])
def test_however_json_is_spelled_its_text_is_clean(client: TestClient, content: bytes, kind: str) -> None:
    answer = client.post(ECHO, content=content, headers={"Content-Type": kind})
    problem(answer, 422, "Unprocessable")


def test_nul_in_the_address_is_refused(client: TestClient) -> None:
    problem(client.get("/test/a%00b"), 422, "Unprocessable")
    problem(client.get("/healthz?q=a%00b"), 422, "Unprocessable")


def test_a_body_over_a_mebibyte_is_413_and_one_of_a_mebibyte_is_not(client: TestClient) -> None:
    room = MIB - len('{"text": ""}')
    assert post(client, b'{"text": "%s"}' % (b"x" * room)).status_code == 200
    problem(post(client, b'{"text": "%s"}' % (b"x" * (room + 1))), 413, "PayloadTooLarge")


def test_a_body_that_does_not_say_its_length_is_counted(client: TestClient) -> None:
    def chunks() -> Iterator[bytes]:
        for _ in range(20):
            yield b" " * 100_000

    problem(
        client.post(ECHO, content=chunks(), headers={"Content-Type": "application/json"}),
        413,
        "PayloadTooLarge",
    )


def test_a_push_may_be_larger(client: TestClient, seeded: Seeded) -> None:
    credential = enrol(client, seeded.enrol_code).credential
    station = {"Authorization": f"Bearer {credential}", BOOT_HEADER: "boot"}
    problem(post(client, b" " * (2 * MIB), BIG, **station), 422, "PushUnreadable")
    problem(post(client, b" " * (16 * MIB + 1), BIG, **station), 413, "PayloadTooLarge")


PLAIN = json.dumps({"text": "packed"}).encode()


@pytest.mark.parametrize(
    ("encoding", "pack"),
    [
        ("gzip", gzip.compress),
        ("zstd", zstandard.ZstdCompressor().compress),
        ("ZSTD", lambda b: zstandard.ZstdCompressor(write_content_size=False).compress(b)),
        ("identity", bytes),
    ],
)
def test_packed_bodies_are_unpacked(client: TestClient, encoding: str, pack: object) -> None:
    answer = post(client, pack(PLAIN), **{"Content-Encoding": encoding})  # type: ignore[operator]
    assert answer.json()["text"] == "packed"


@pytest.mark.parametrize(
    ("encoding", "pack"), [("gzip", gzip.compress), ("zstd", zstandard.ZstdCompressor().compress)]
)
def test_a_bomb_is_413(client: TestClient, encoding: str, pack: object) -> None:
    bomb = pack(b" " * (200 * MIB))  # type: ignore[operator]
    assert len(bomb) < MIB
    problem(post(client, bomb, **{"Content-Encoding": encoding}), 413, "PayloadTooLarge")


@pytest.mark.parametrize("encoding", ["gzip", "zstd"])
@pytest.mark.parametrize("content", [b"not packed at all", b"\x28\xb5\x2f\xfd", b"\x1f\x8b\x08"])
def test_what_does_not_unpack_is_400(client: TestClient, encoding: str, content: bytes) -> None:
    problem(post(client, content, **{"Content-Encoding": encoding}), 400, "BadRequest")


def test_half_a_packed_body_is_400(client: TestClient) -> None:
    text = json.dumps({"text": "".join(chr(33 + i * 7 % 90) for i in range(5000))}).encode()
    for encoding, whole in (
        ("gzip", gzip.compress(text)),
        ("zstd", zstandard.ZstdCompressor().compress(text)),
    ):
        problem(post(client, whole[: len(whole) // 2], **{"Content-Encoding": encoding}), 400, "BadRequest")


def test_another_packing_is_415(client: TestClient) -> None:
    problem(post(client, PLAIN, **{"Content-Encoding": "br"}), 415, "UnsupportedContentEncoding")


def test_every_answer_names_its_request(client: TestClient) -> None:
    ids = {client.get("/healthz").headers["x-request-id"] for _ in range(3)}
    assert len(ids) == 3


@pytest.mark.parametrize(
    ("accepts", "encoding"),
    [
        ("zstd, gzip", "zstd"),
        ("gzip", "gzip"),
        ("identity", None),
        ("zstd;q=0, *", "gzip"),
        ("gzip;q=nonsense", None),
    ],
)
def test_answers_are_packed_as_the_caller_accepts(app: FastAPI, accepts: str, encoding: str | None) -> None:
    from fastapi import Request  # noqa: PLC0415

    rows = [["id", "name"]] * 1000

    def many(request: Request) -> StreamedResponse:
        return compressed_response(request, rows)

    app.add_api_route("/test/many", many)
    with (
        TestClient(app) as client,
        client.stream("GET", "/test/many", headers={"Accept-Encoding": accepts}) as answer,
    ):
        body = b"".join(answer.iter_raw())
        assert answer.headers.get("content-encoding") == encoding
        assert answer.headers["vary"] == "Accept-Encoding"
    if encoding == "zstd":
        body = zstandard.ZstdDecompressor().decompress(body)
    elif encoding == "gzip":
        body = gzip.decompress(body)
    assert json.loads(body) == rows


def test_every_refusal_that_the_api_describes_is_a_problem(app: FastAPI) -> None:
    schema = app.openapi()
    assert "HTTPValidationError" not in schema["components"]["schemas"]
    for path, methods in schema["paths"].items():
        for method, operation in methods.items():
            refusals = {
                status: set(response.get("content", {}))
                for status, response in operation["responses"].items()
                if status == "default" or (status.startswith("4"))
            }
            assert refusals["default"] == {PROBLEM_TYPE}, (method, path)
            assert set().union(*refusals.values()) == {PROBLEM_TYPE}, (method, path, refusals)
