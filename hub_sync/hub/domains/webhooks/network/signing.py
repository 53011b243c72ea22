"""Signatures that prove to an endpoint that a message is from this hub and unchanged.

Standard Webhooks (https://www.standardwebhooks.com): the secret decoded as base64 is the key, and id, time and body are
signed. The report's own header signs the body alone, with the secret's text as the key.
"""

from base64 import b64decode, b64encode
from collections.abc import Sequence
from hmac import digest


def headers(message_id: str, timestamp: int, body: bytes, secrets: Sequence[str]) -> dict[str, str]:
    """Return the headers that sign a body.

    Args:
        message_id: the id of the message.
        timestamp: the time of the signature, in seconds since 1970.
        body: exactly the bytes that are sent.
        secrets: the newest first. During a rotation there are two, and a receiver may know either of them.
    """
    signed = f"{message_id}.{timestamp}.".encode() + body
    headers = {
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(_standard(signed, secret) for secret in secrets),
    }
    for name, secret in zip(("X-Webhook-Signature", "X-Webhook-Signature-Previous"), secrets, strict=False):
        headers[name] = f"sha256={digest(secret.encode(), body, 'sha256').hex()}"
    return headers


def _standard(signed: bytes, secret: str) -> str:
    return f"v1,{b64encode(digest(b64decode(secret), signed, 'sha256')).decode()}"
