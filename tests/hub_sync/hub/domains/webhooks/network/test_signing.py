"""Our signatures, checked by the package that endpoints check them with."""

import hashlib
import hmac
import time

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from hub_sync.hub.domains.webhooks.network import signing
from hub_sync.hub.domains.webhooks.network.sender import WebhookRequest
from hub_sync.hub.domains.webhooks.subscriptions import secrets

BODY = '{"type":"participant.approved","data":{"name":"Zoë ☃"}}'.encode()


def test_the_standards_own_package_verifies_it() -> None:
    secret = secrets.generate()
    headers = signing.headers("message-1", int(time.time()), BODY, (secret,))

    assert Webhook(secret).verify(BODY, headers)["type"] == "participant.approved"
    assert headers["webhook-id"] == "message-1"


def test_a_flipped_bit_anywhere_in_the_body_fails() -> None:
    secret = secrets.generate()
    headers = signing.headers("message-1", int(time.time()), BODY, (secret,))

    for at in range(len(BODY)):
        forged = bytearray(BODY)
        forged[at] ^= 1
        with pytest.raises((WebhookVerificationError, UnicodeDecodeError)):
            Webhook(secret).verify(bytes(forged), headers)


@pytest.mark.parametrize(
    "forged", [{"webhook-id": "message-2"}, {"webhook-timestamp": str(int(time.time()) + 60)}]
)
def test_so_do_another_id_and_another_time(forged: dict[str, str]) -> None:
    secret = secrets.generate()
    headers = signing.headers("message-1", int(time.time()), BODY, (secret,)) | forged

    with pytest.raises(WebhookVerificationError):
        Webhook(secret).verify(BODY, headers)


def test_after_a_rotation_either_secret_verifies_it_and_no_third() -> None:
    new, old = secrets.generate(), secrets.generate()
    headers = signing.headers("message-1", int(time.time()), BODY, (new, old))

    Webhook(new).verify(BODY, headers)
    Webhook(old).verify(BODY, headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(secrets.generate()).verify(BODY, headers)


def test_the_reports_own_header_signs_the_body_alone() -> None:
    new, old = secrets.generate(), secrets.generate()
    alone = signing.headers("message-1", 1, BODY, (new,))
    rotated = signing.headers("message-2", 2, BODY, (new, old))

    assert alone["X-Webhook-Signature"] == f"sha256={_hex(new)}" == rotated["X-Webhook-Signature"]
    assert rotated["X-Webhook-Signature-Previous"] == f"sha256={_hex(old)}"
    assert "X-Webhook-Signature-Previous" not in alone
    assert new not in str(alone)


def _hex(secret: str) -> str:
    return hmac.new(secret.encode(), BODY, hashlib.sha256).hexdigest()


def test_a_letter_that_is_printed_does_not_tell_what_signs_it() -> None:
    secret = secrets.generate()
    assert secret not in repr(
        WebhookRequest("one", "https://hooks.example.org/", "message-1", "scan.accepted", BODY, (secret,))
    )
