"""A slash too many at the end of an address: no redirect that names a scheme or a host."""

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

HTML = {"Accept": "text/html"}
TLS_PROXY = {"X-Forwarded-Proto": "https", "X-API-Key": "ak_0000_secret"}


@pytest.fixture(params=["sqlite"])
def kind(request: pytest.FixtureRequest) -> str:
    """Run on SQLite only."""
    return str(request.param)


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE"])
@pytest.mark.parametrize("path", ["/api/v1/events/", "/api/v1/sync/time/", "/api/v1/events/x/participants/"])
def test_an_address_of_the_api_with_a_slash_too_many_is_not_found(
    client: TestClient, method: str, path: str
) -> None:
    answer = client.request(method, path, headers=TLS_PROXY, follow_redirects=False)
    assert (answer.status_code, answer.headers.get("location")) == (404, None)
    assert "Leave out the slash" in answer.json()["error"]["message"]
    assert "ak_0000_secret" not in answer.text


@pytest.mark.parametrize(
    ("path", "location"),
    [
        ("/events/", "/events"),
        ("/events/?q=a&b=/", "/events?q=a&b=/"),
        ("/sign-in//", "/sign-in"),
        ("//evil.example/", "/evil.example"),
        ("/%5Cevil.example/", "/%5Cevil.example"),
    ],
)
def test_a_page_with_a_slash_too_many_is_found_by_its_path_alone(
    app: FastAPI, path: str, location: str
) -> None:
    browser = TestClient(app, base_url="http://hub.internal", follow_redirects=False, headers=HTML)
    answer = browser.get(f"http://hub.internal{path}")
    assert (answer.status_code, answer.headers["location"]) == (308, location)


def test_a_form_with_a_slash_too_many_is_not_sent_on(client: TestClient) -> None:
    answer = client.post("/sign-in/", headers=HTML, follow_redirects=False)
    assert (answer.status_code, answer.headers.get("location")) == (404, None)
