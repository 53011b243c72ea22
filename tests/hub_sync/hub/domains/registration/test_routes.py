"""The settings of a registration page over REST, and what people agreed to."""

from typing import Any

import pytest
from fastapi import FastAPI

from hub_sync.hub.domains.registration.manifest import REGISTRATION_MANAGE
from tests.hub_sync.hub.console.browser_client import Browser
from tests.hub_sync.hub.domains.check_in.conftest import CallerFactory, error_code, make_caller
from tests.hub_sync.hub.domains.registration.conftest import RegistrationPage

__all__ = ["make_caller"]
pytestmark = pytest.mark.parametrize("kind", ["sqlite"], indirect=True)


def test_settings_are_changed_once_a_version_and_each_consent_is_listed_with_its_text(
    app: FastAPI, page: RegistrationPage, make_caller: CallerFactory
) -> None:
    caller = make_caller(REGISTRATION_MANAGE)

    def call(method: str, path: str = "", status: int = 200, **more: Any) -> Any:
        headers = caller.headers | more.pop("headers", {})
        url = f"/api/v1/events/{page.waitlist.key.event_id}/registration{path}"
        answer = caller.client.request(method, url, headers=headers, **more)
        assert answer.status_code == status, answer.text
        return answer

    version = {"If-Match": call("GET").headers["etag"]}
    times = {"opens_at": "2026-01-02T00:00:00Z", "closes_at": "2026-01-01T00:00:00Z"}
    refused = call("PUT", status=422, json=times, headers=version)
    assert error_code(refused, 422) == "RegistrationWindowReversed"
    changed = call("PUT", json={"consent_text": "I agree to more."}, headers=version).json()["data"]
    assert (changed["consent_version"], changed["is_active"]) == (2, True)
    call("PUT", status=412, json={"approves": False}, headers=version)
    page.send(Browser(app), consent="1")
    (consent,) = call("GET", "/consents").json()["data"]
    assert (consent["consent_version"], consent["consent_text"]) == (2, "I agree to more.")
    assert consent["marketing_at"] is None
