"""The proof that an answer comes from the hub at which a station is enrolled.

Both know a secret: the station its credential, the hub the SHA-256 of the credential's secret. The hub adds to each answer
to a station an HMAC with that hash as its key, over the request's random nonce, the station's status, the HTTP status and
the body. A captive portal, a proxy or another hub cannot compute it, and an old answer does not fit a new nonce. Over
http:// somebody who reads the traffic learns the credential and can forge it; https:// prevents both.

The changes that a live stream brings have a proof each (`compute_changes_proof`), with the nonce of the stream's request.

Only a proven answer locks, unlocks or revokes a station, or changes its roster.
"""

import hmac
from collections.abc import Iterable
from hashlib import sha256

NONCE_HEADER = "Doorward-Nonce"
"""Sent by the station: a random text, another one for each request."""
STATUS_HEADER = "Doorward-Status"
"""Sent by the hub: the station's `DeviceStatus`."""
PROOF_HEADER = "Doorward-Proof"
"""Sent by the hub: `compute_proof` of the answer."""
_PREFIX = "dw_"


def proof_key(credential: str) -> str | None:
    """Return the key of a credential `dw_<device id>_<secret>`, or None if it is none.

    >>> proof_key("dw_device_secret") == sha256(b"secret").hexdigest()
    True
    """
    device_id, _, secret = credential.removeprefix(_PREFIX).partition("_")
    if not credential.startswith(_PREFIX) or not device_id or not secret:
        return None
    return sha256(secret.encode()).hexdigest()


def compute_proof(key: str, nonce: str, device_status: str, http_status: int, body: bytes) -> str:
    """Return the proof of an answer, lower-case hex.

    Args:
        key: `proof_key` of the credential.
        nonce: The request's nonce.
        device_status: The value of `STATUS_HEADER`.
        http_status: The status of the response.
        body: The body before compression; empty for a stream.
    """
    parts = ("doorward answer 1", nonce, device_status, str(http_status), sha256(body).hexdigest())
    return _sign(key, parts)


def compute_changes_proof(
    key: str, nonce: str, event: tuple[str, str], since: tuple[int, str], upto: int, page_digest: str
) -> str:
    """Return the proof of changes that came by the live stream (`contract.sync.LiveChanges`), lower-case hex.

    Args:
        key: `proof_key` of the credential.
        nonce: The nonce of the stream's request.
        event: The event, and the epoch of its feed.
        since: The number `after`, and the cursor `since`. Changes that are sent again fit no station that has them.
        upto: The number `upto`.
        page_digest: SHA-256 of the page's JSON, lower-case hex.
    """
    after, cursor = since
    parts = ("doorward changes 1", nonce, *event, str(after), cursor, str(upto), page_digest)
    return _sign(key, parts)


def _sign(key: str, parts: Iterable[str]) -> str:
    # In one call: `hmac.new` takes three times as long, and a fleet's hub signs some eight hundred times a second.
    return hmac.digest(bytes.fromhex(key), "\n".join(parts).encode(), "sha256").hex()


def is_proven(proof: str, expected: str) -> bool:
    """Return True if a proof is the expected one, in constant time."""
    return hmac.compare_digest(proof.encode("utf-8", "replace"), expected.encode())
