"""Compressed pages, documents and files."""

import gzip

import pytest
import zstandard
from fastapi import FastAPI

from hub_sync.hub.console.static_files import Static
from hub_sync.hub.domains.accounts import service as accounts
from hub_sync.hub.kit.security.client_address import SESSION_COOKIE
from tests.hub_sync.hub.conftest import Seeded
from tests.hub_sync.hub.console.browser_client import HERE, Browser, forms_in, signed_in_as

OWN = {"Sec-Fetch-Site": "same-origin"}


def encoding_of(browser: Browser, path: str, **headers: str) -> str:
    answer = browser.get(path, headers={"Accept-Encoding": "gzip"} | headers)
    assert answer.status_code == 200, path
    return answer.headers.get("content-encoding", "")


def test_files_are_compressed_once() -> None:
    static = Static()
    plain = static.answer(static.version, "console.css").body
    packed = static.answer(static.version, "console.css", "br, zstd")
    assert packed.headers["content-encoding"] == "zstd"
    assert packed.headers["vary"] == "Accept-Encoding"
    assert len(packed.body) < len(plain) / 3
    assert zstandard.ZstdDecompressor().decompress(packed.body) == plain
    assert static.answer(static.version, "console.css", "zstd").body is packed.body
    assert gzip.decompress(static.answer(static.version, "console.css", "gzip").body) == plain
    assert "content-encoding" not in static.answer(static.version, "mark.svg", "gzip").headers, "too small"


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
def test_a_page_of_somebody_signed_in_is_compressed_for_this_site_only(app: FastAPI, seeded: Seeded) -> None:
    ada = signed_in_as(app, seeded.tenant_id, name="Ada")
    path = f"/events/{seeded.event_id}"
    for site, encoding in {"same-origin": "gzip", "none": "gzip", "cross-site": "", "same-site": ""}.items():
        assert encoding_of(ada, path, **{"Sec-Fetch-Site": site}) == encoding, site
    assert encoding_of(ada, path) == "", "a browser that does not say where the request comes from"
    vary = ada.get(path, headers=OWN).headers["vary"]
    assert {"Cookie", "Accept-Language", "Accept-Encoding"} <= set(vary.split(", "))


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
def test_a_page_that_shows_a_secret_is_not_compressed(app: FastAPI, seeded: Seeded) -> None:
    ada = signed_in_as(app, seeded.tenant_id, name="Ada")
    fields = {"name": "Printer", "permissions": "events:read", "tier": "STANDARD"}
    key_page = ada.post("/settings/api-keys/new", fields).headers["location"]
    answer = ada.get(key_page, headers=OWN | {"Accept-Encoding": "gzip"})
    assert 'id="key"' in answer.text
    assert "content-encoding" not in answer.headers
    new = {"email": "new@example.org", "role": "VIEWER"}
    invited = ada.post("/settings/users/new", new, headers=OWN | {"Accept-Encoding": "gzip"})
    assert "/welcome" in invited.text or "/invitation" in invited.text or 'class="copy"' in invited.text
    assert "content-encoding" not in invited.headers


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
def test_a_pages_token_is_another_each_time_and_all_of_them_are_good(app: FastAPI, seeded: Seeded) -> None:
    ada = signed_in_as(app, seeded.tenant_id, name="Ada")
    plain = accounts.csrf_token(ada.client.cookies[SESSION_COOKIE])
    first, second = ada.read("/account"), ada.read("/account")
    tokens = {
        form.fields["csrf"] for html in (first, second) for form in forms_in(html) if "csrf" in form.fields
    }
    assert len(tokens) == 2
    assert plain not in first
    for token in (*tokens, plain):
        answer = ada.client.post("/account", data={"csrf": token, "name": "Ada"}, headers=HERE)
        assert answer.status_code == 303
    wrong = ada.client.post("/account", data={"csrf": "0" * 128, "name": "Ada"}, headers=HERE)
    assert wrong.status_code == 403
