"""Signatures by which an endpoint knows that a message is ours and is whole.

Standard Webhooks (https://www.standardwebhooks.com): the key is what the secret is as base64, and id, time and body are
signed. The report's own header signs the body alone, with the secret's text as the key.
"""

from base64 import b64decode, b64encode
from collections.abc import Sequence
from hmac import digest


def headers(message_id: str, timestamp: int, body: bytes, secrets: Sequence[str]) -> dict[str, str]:
    """What is sent beside these very bytes, signed at this second since 1970.

    `secrets` come newest first. During a rotation there are two: a reader may hold either, or both.
    """
    signed = f"{message_id}.{timestamp}.".encode() + body
    found = {
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(_standard(signed, secret) for secret in secrets),
    }
    for name, secret in zip(("X-Webhook-Signature", "X-Webhook-Signature-Previous"), secrets, strict=False):
        found[name] = f"sha256={digest(secret.encode(), body, 'sha256').hex()}"
    return found


def _standard(signed: bytes, secret: str) -> str:
    return f"v1,{b64encode(digest(b64decode(secret), signed, 'sha256')).decode()}"
