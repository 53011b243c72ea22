"""An image is sent, shown by a template, embedded in the mail and in its preview, and deleted once nothing shows it."""

import email
import email.policy
import io
from typing import Any

from fastapi import FastAPI
from PIL import Image

from hub_sync.hub.domains.messages.message_templates import versions
from tests.hub_sync.hub.console.browser_client import signed_in_as
from tests.hub_sync.hub.domains.messages.conftest import MessageHub
from tests.hub_sync.hub.domains.messages.sending.conftest import Outbox
from tests.support.rest_client import Rest, refused
from tests.support.smtp_sink import RunningSink

PATH = "/message-images"
BODY = '<p>Hello</p><img src="cid:our-logo.png" alt="Logo">'


def logo(color: str = "teal") -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (40, 20), color).save(file, "PNG")
    return file.getvalue()


def send(rest: Rest, content: bytes, **query: str) -> Any:
    return rest.post(PATH, files={"file": ("Our Logo.PNG", content)}, params=query)


def test_an_image_goes_into_the_mail_itself_and_can_be_deleted_once_no_template_shows_it(
    rest: Rest, stranger: Rest, messages: MessageHub, outbox: Outbox, sink: RunningSink, app: FastAPI
) -> None:
    unknown = {"name": "News", "subject": "News", "body": BODY}
    refused(rest.post("/message-templates", json=unknown), 422, "MessageImageUnknown")
    image = send(rest, logo()).json()["data"]
    assert (image["name"], image["media_type"]) == ("our-logo.png", "image/png")
    refused(send(rest, logo("red")), 409, "MessageImageExists")
    refused(send(rest, logo("red"), name="<b>"), 422, "MessageImageNameInvalid")
    refused(send(rest, b"<svg/>"), 422, "MessageImageUnreadable")
    refused(send(rest, b""), 422, "FileMissing")
    path = f"{PATH}/{image['id']}"
    assert rest.get(PATH).json()["data"] == [rest.get(path).json()["data"]] == [image]
    content = rest.get(f"{path}/content")
    assert (content.headers["content-type"], len(content.content)) == ("image/png", image["size"])
    assert "sandbox" in content.headers["content-security-policy"]
    refused(stranger.get(f"{path}/content"), 404, "MessageImageNotFound")
    refused(stranger.delete(path), 404, "MessageImageNotFound")

    (ada,) = messages.register("Ada")
    template_id = messages.template(BODY)
    outbox.add_account(sink)
    messages.start(messages.broadcast())
    outbox.run()
    (sent,) = sink.messages()
    mail = email.message_from_string(sent["raw"], policy=email.policy.default)
    (part,) = [each for each in mail.walk() if each["Content-ID"] == "<our-logo.png>"]
    assert part.get_content() == content.content
    assert part.get_content_disposition() == "inline"
    body = mail.get_body(("html",))
    assert body is not None
    assert 'src="cid:our-logo.png"' in body.get_content()

    browser = signed_in_as(app, messages.key.tenant_id)
    whom = f"event_id={messages.key.event_id}&person_id={ada}"
    preview = browser.get(f"/settings/message-templates/{template_id}/preview?{whom}")
    assert 'src="data:image/png;base64,' in preview.text
    assert "img-src data:" in preview.headers["content-security-policy"]

    refused(rest.delete(path), 409, "MessageImageInUse")
    with messages.hub.uow.begin() as work:
        versions.archive(work, messages.key.tenant_id, template_id)
    refused(rest.delete(path), 409, "MessageImageInUse")  # the broadcast is not over
    messages.job.run_once()
    kept = refused(rest.delete(path), 409, "MessageImageInUse")
    assert "web copies" in kept["detail"], "the mail that was sent shows it for good"
    unsent = f"{PATH}/{send(rest, logo('red'), name='red').json()['data']['id']}"
    assert rest.delete(unsent).status_code == 204
    refused(rest.get(unsent), 404, "MessageImageNotFound")
