"""Images of mails in a browser without scripts."""

import io
from typing import Any

from fastapi import FastAPI
from PIL import Image

from tests.hub_sync.hub.console.browser_client import HERE, Browser, form_to, signed_in_as
from tests.hub_sync.hub.domains.messages.conftest import MessageHub

PATH = "/settings/message-images"


def send(browser: Browser, content: bytes, name: str = "") -> Any:
    fields = form_to(browser.read(PATH), PATH).fields | {"name": name}
    return browser.client.post(PATH, data=fields, files={"file": ("Logo.png", content)}, headers=HERE)


def test_an_image_is_sent_shown_and_deleted_and_a_refused_form_keeps_its_name(
    app: FastAPI, messages: MessageHub
) -> None:
    browser = signed_in_as(app, messages.key.tenant_id)
    file = io.BytesIO()
    Image.new("RGB", (40, 20), "teal").save(file, "PNG")
    wrong = send(browser, b"GIF89a", name="summer")
    assert wrong.status_code == 422
    assert "This is not an image that can be read." in wrong.text
    assert 'value="summer"' in wrong.text
    assert send(browser, file.getvalue(), name="summer").status_code == 303
    page = browser.read(PATH)
    assert "cid:summer.png" in page
    place = page.partition(f'src="{PATH}/')[2].partition("/content")[0]
    picture = browser.get(f"{PATH}/{place}/content")
    assert (picture.headers["content-type"], picture.headers["x-content-type-options"]) == (
        "image/png",
        "nosniff",
    )
    messages.template('<p><img src="cid:summer.png" alt=""></p>')
    confirmed = {"confirmed": "delete"}
    browser.send(PATH, f"{PATH}/{place}/delete", confirmed)
    assert "shows this image" in browser.read(PATH)
