"""Verification that answers come from the hub at which the station is enrolled (`rules.answer_proof`)."""

import secrets
import time
from collections.abc import Callable

import httpx

from hub_sync.contract.enums import DeviceStatus
from hub_sync.contract.sync import LiveChanges
from hub_sync.rules.answer_proof import (
    NONCE_HEADER,
    PROOF_HEADER,
    STATUS_HEADER,
    compute_changes_proof,
    compute_proof,
    is_proven,
    proof_key,
)

StatusListener = Callable[[DeviceStatus], None]
"""Receives the station's status of each proven answer."""


def _ignore_status(_: DeviceStatus) -> None:
    return


class StationCredential:
    """The credential that all clients of a station present. A rotation replaces it while they run."""

    def __init__(self, text: str) -> None:
        self.text = text

    def __repr__(self) -> str:
        return "StationCredential()"


class AnswerVerifier:
    """Verifies the answers of one client. Without a device's credential, at an enrolment, there is nothing to verify."""

    def __init__(self, credential: StationCredential) -> None:
        self._credential, self._key, self._nonce = credential, proof_key(credential.text), ""
        self.on_status: StatusListener = _ignore_status
        self.request_started_at = 0.0

    def sign_request(self) -> dict[str, str]:
        """Return the headers of the next request: the credential, and a nonce for the proof. Note when it starts."""
        self.request_started_at = time.monotonic()
        credential = self._credential.text  # read once: another thread may replace it
        self._key = proof_key(credential)
        headers = {"Authorization": f"Bearer {credential}"} if credential else {}
        if self._key is None:
            return headers
        self._nonce = secrets.token_hex(16)
        return headers | {NONCE_HEADER: self._nonce}

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

    def verify_changes(self, changes: LiveChanges, page_digest: str) -> bool:
        """Return True if changes of the stream that was opened with the last nonce are the hub's.

        Args:
            changes: What the stream brought.
            page_digest: SHA-256 of its page, decompressed.
        """
        if self._key is None:
            return False
        event, since = (changes.event_id, changes.epoch), (changes.after, changes.since)
        expected = compute_changes_proof(self._key, self._nonce, event, since, changes.upto, page_digest)
        return is_proven(changes.proof, expected)


def _status(word: str) -> DeviceStatus:
    """Return the status of a word. One that only a newer hub knows locks the station, until it is updated."""
    try:
        return DeviceStatus(word)
    except ValueError:
        return DeviceStatus.LOCKED
