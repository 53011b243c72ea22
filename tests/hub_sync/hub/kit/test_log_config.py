"""The log holds no secret, wherever in a request to any address of the hub it is sent."""

import io
import json
import logging
import secrets
import sys
import time
from collections.abc import Iterator
from typing import Any

import pytest
import structlog
from fastapi import FastAPI
from starlette.testclient import TestClient

from hub_sync.contract.clock import ManualClock
from hub_sync.hub.app import create_app
from hub_sync.hub.kit import log_config
from hub_sync.hub.kit.settings import AccessLogMode, HubSettings
from tests.hub_sync.hub.conftest import Seeded

PASSWORD = "correct horse battery staple 7"
KEY = f"ak_live_{secrets.token_urlsafe(24)}"
CREDENTIAL = f"dw_01a20c79-aa1f-725d-9639-da7f3d96f2fd_{secrets.token_urlsafe(32)}"
SESSION = secrets.token_urlsafe(32)
LINK = secrets.token_urlsafe(32)
CODE = "7QK2M-XW4PZ"
MATERIAL = secrets.token_hex(32)
EMAIL = "ada.lovelace@example.org"
SECRETS = (PASSWORD, KEY, CREDENTIAL, SESSION, LINK, CODE, MATERIAL, EMAIL)
_METHODS = {"get", "post", "put", "delete", "patch"}


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    """Capture the log as a served hub writes it."""
    root, stderr = logging.getLogger(), io.StringIO()
    handlers, level, before = list(root.handlers), root.level, structlog.get_config()
    monkeypatch.setattr(sys, "stderr", stderr)
    log_config.configure(as_json=True, level=logging.DEBUG)
    yield stderr
    root.handlers[:], root.level = handlers, level
    structlog.configure(**before)


@pytest.fixture
def settings(settings: HubSettings) -> HubSettings:
    """Return the usual settings with a log line for every request."""
    return settings.model_copy(update={"access_log": AccessLogMode.ALL, "trusted_proxies": "127.0.0.0/8"})


def routes(app: FastAPI) -> list[tuple[str, str]]:
    """Return every method and path that the hub describes, and a few that it does not."""
    described = [
        (method.upper(), path)
        for path, operations in app.openapi()["paths"].items()
        for method in operations
        if method in _METHODS
    ]
    pages = ("/", "/sign-in", "/account", "/invitation/{token}", "/reset/{token}", "/nothing/{token}")
    return described + [(method, page) for page in pages for method in ("GET", "POST")]


def body() -> dict[str, Any]:
    return {
        "password": PASSWORD,
        "email": EMAIL,
        "token": CODE,
        "serial": CREDENTIAL,
        "code": KEY,
        "name": LINK,
        "key": MATERIAL,
        "nested": {"secret": SESSION, "list": [KEY, CODE]},
    }


def test_none_of_them_is_in_the_log(app: FastAPI, seeded: Seeded, log: io.StringIO) -> None:
    headers = {"X-CSRF-Token": SESSION, "Idempotency-Key": KEY, "X-Request-Id": LINK}
    query_string = "&".join((f"token={LINK}", f"q={EMAIL}", f"api_key={KEY}", f"code={CODE}"))
    credential_headers: tuple[dict[str, str], ...] = (
        {"Authorization": f"Bearer {CREDENTIAL}"},
        {"X-API-Key": KEY},
        {"Cookie": f"doorward_session={SESSION}; doorward_csrf={LINK}"},
    )
    with TestClient(app, raise_server_exceptions=False, follow_redirects=False) as client:
        count = 0
        for number, (method, path) in enumerate(routes(app)):
            address = path
            while "{" in address:
                start, end = address.index("{"), address.index("}")
                address = address[:start] + (LINK, KEY, CODE)[number % 3] + address[end + 1 :]
            for credentials in credential_headers:
                if path.endswith("/live"):
                    continue
                sent: dict[str, Any] = {"json": body()} if method in ("POST", "PUT") else {}
                client.request(method, f"{address}?{query_string}", headers=headers | credentials, **sent)
                count += 1
            if method == "POST":
                client.request(method, address, headers=headers, data=body() | {"nested": SESSION})
    written = log.getvalue()
    assert written.count('"event": "request"') >= count > 50
    assert [secret for secret in SECRETS if secret in written] == []
    for line in written.splitlines():
        json.loads(line)


def test_a_bug_that_carries_secrets_is_logged_without_them(
    settings: HubSettings, clock: ManualClock, log: io.StringIO
) -> None:
    app = create_app(settings, clock)

    @app.get("/bug")
    async def bug() -> None:
        structlog.get_logger("x").warning(
            "look", key=KEY, password=PASSWORD, more={"token": CODE, "a": [EMAIL]}
        )
        logging.getLogger("library").error("failed for %s with %s", EMAIL, {"cookie": SESSION})
        raise RuntimeError(
            f"{KEY} {MATERIAL} postgresql://u:{LINK}@h/d\n{CREDENTIAL} code {CODE} for {EMAIL}"
        )

    with TestClient(app, raise_server_exceptions=False) as client:
        answer = client.get("/bug")
    app.state.hub.uow.database.close()
    written = log.getvalue()
    assert answer.status_code == 500
    assert "RuntimeError" in written
    assert "look" in written
    assert "failed for" in written
    assert [secret for secret in SECRETS if secret in written + answer.text] == []


@pytest.mark.parametrize(
    "harmless",
    [
        "test_gates_that_speak_at_once_do_not_trip_over_each_other_and_more",
        "01a20c79-aa1f-725d-9639-da7f3d96f2fd",
        "/api/v1/events/{event_id}/check-in/scans",
        "/invitation/{token}",
        "the pipe broke at 2026-11-24T07:37:27.841055Z",
        "hub_sync/hub/domains/participants/service.py line 120",
    ],
)
def test_what_is_no_secret_stays_readable(harmless: str) -> None:
    assert log_config.redact(harmless) == harmless


@pytest.mark.parametrize(
    "text", ["a" * 50_000 + " @", "a." * 25_000 + "@", "a@" + "1." * 25_000, "f" * 50_000, "/reset/" * 10_000]
)
def test_no_text_however_long_keeps_the_hub_searching(text: str) -> None:
    began = time.perf_counter()
    log_config.redact(text)
    assert time.perf_counter() - began < 2


def test_a_librarys_line_of_an_address_is_blanked() -> None:
    for hidden in (LINK, KEY, CODE):
        line = log_config.redact(
            f"GET http://hub/nothing/{hidden}?token={LINK}&q={EMAIL}&key={KEY}&c={CODE} 404"
        )
        assert [secret for secret in SECRETS if secret in line] == []
        assert line.endswith(" 404")


def test_a_token_without_a_digit_is_blanked_too() -> None:
    token = "DYMjWTyehlaPkjCJFIhoXpwzbQPiNtxMUHmckQvT-UA"
    assert token not in log_config.redact(f"GET http://hub/nothing/{token} 404")


@pytest.mark.parametrize(
    "more",
    [
        {"method": "POST", "status": 201, "ms": 1.5, "who": None, "route": "/events/{event_id}"},
        {
            "text": "several words",
            "quoted": 'a "b"',
            "empty": "",
            "lines": "a\nb",
            "pair": "a=b",
            "umlaut": "Käthe",
        },
        {"listed": ["a", 1], "flag": True, "kind": AccessLogMode.ALL},
    ],
)
def test_a_line_for_a_file_is_that_of_the_console_without_colours(
    monkeypatch: pytest.MonkeyPatch, more: dict[str, Any]
) -> None:
    before, stderr = structlog.get_config(), io.StringIO()
    monkeypatch.setattr(sys, "stderr", stderr)
    log_config.configure(as_json=False)
    structlog.get_logger().info("something_happened", **more)
    processors = list(structlog.get_config()["processors"])
    processors[-1] = structlog.dev.ConsoleRenderer(colors=False)
    structlog.configure(processors=processors)
    structlog.get_logger().info("something_happened", **more)
    structlog.configure(**before)
    ours, theirs = (line.partition(" ")[2] for line in stderr.getvalue().splitlines())
    assert ours == theirs


def test_a_traceback_follows_the_line_of_its_error(monkeypatch: pytest.MonkeyPatch) -> None:
    before, stderr = structlog.get_config(), io.StringIO()
    monkeypatch.setattr(sys, "stderr", stderr)
    log_config.configure(as_json=False)
    try:
        _ = dict[str, str]()["door"]
    except KeyError:
        structlog.get_logger().exception("it_failed", part="gate")
    structlog.configure(**before)
    first, second, *_, last = stderr.getvalue().splitlines()
    assert first.endswith("it_failed                      part=gate")
    assert second == "Traceback (most recent call last):"
    assert last == "KeyError: 'door'"
