"""Verification that answers come from the hub at which the station is enrolled (`rules.answer_proof`)."""

import secrets
import time
from collections.abc import Callable

import httpx

from hub_sync.contract.enums import DeviceStatus
from hub_sync.rules.answer_proof import (
    NONCE_HEADER,
    PROOF_HEADER,
    STATUS_HEADER,
    compute_proof,
    is_proven,
    proof_key,
)

StatusListener = Callable[[DeviceStatus], None]
"""Receives the station's status of each proven answer."""


def _ignore_status(_: DeviceStatus) -> None:
    return


class AnswerVerifier:
    """Verifies the answers of one client. Without a device's credential, at an enrolment, there is nothing to verify."""

    def __init__(self, credential: str) -> None:
        self._key, self._nonce = proof_key(credential), ""
        self.on_status: StatusListener = _ignore_status
        self.request_started_at = 0.0

    def new_nonce(self) -> dict[str, str]:
        """Return the header of the next request, and note when it starts."""
        self.request_started_at = time.monotonic()
        if self._key is None:
            return {}
        self._nonce = secrets.token_hex(16)
        return {NONCE_HEADER: self._nonce}

    def verify(self, response: httpx.Response, body: bytes) -> bool:
        """Return True if an answer is the hub's, and pass its status of the station on.

        Args:
            response: The answer to the request with the last nonce.
            body: Its decompressed body; empty for a stream.
        """
        if self._key is None:
            return True
        word = response.headers.get(STATUS_HEADER, "")
        expected = compute_proof(self._key, self._nonce, word, response.status_code, body)
        if not is_proven(response.headers.get(PROOF_HEADER, ""), expected):
            return False
        self.on_status(_status(word))
        return True


def _status(word: str) -> DeviceStatus:
    """Return the status of a word. One that only a newer hub knows locks the station, until it is updated."""
    try:
        return DeviceStatus(word)
    except ValueError:
        return DeviceStatus.LOCKED
