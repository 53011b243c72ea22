"""The proof fits one answer to one request of one station."""

from hashlib import sha256
from typing import Any

import pytest

from hub_sync.rules.answer_proof import compute_changes_proof, compute_proof, is_proven, proof_key

KEY = sha256(b"secret").hexdigest()
ANSWER: dict[str, Any] = {
    "key": KEY,
    "nonce": "n",
    "device_status": "ACTIVE",
    "http_status": 200,
    "body": b"{}",
}


def test_the_same_answer_has_the_same_proof() -> None:
    assert is_proven(compute_proof(**ANSWER), compute_proof(**ANSWER))


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("key", sha256(b"other").hexdigest()),
        ("nonce", "m"),
        ("device_status", "REVOKED"),
        ("http_status", 403),
        ("body", b"{ }"),
    ],
)
def test_another_member_has_another_proof(member: str, value: Any) -> None:
    assert not is_proven(compute_proof(**ANSWER), compute_proof(**(ANSWER | {member: value})))


@pytest.mark.parametrize("proof", ["", "é", "0" * 64])
def test_what_is_no_proof_proves_nothing(proof: str) -> None:
    assert not is_proven(proof, compute_proof(**ANSWER))


@pytest.mark.parametrize("text", ["", "secret", "dw_", "dw_device", "dw_device_", "ak_a_b"])
def test_what_is_no_credential_has_no_key(text: str) -> None:
    assert proof_key(text) is None


def test_a_secret_may_hold_underscores() -> None:
    assert proof_key("dw_device_a_b") == sha256(b"a_b").hexdigest()


CHANGES: dict[str, Any] = {
    "key": KEY,
    "nonce": "n",
    "event": ("event", "epoch"),
    "since": (3, "cursor"),
    "upto": 7,
    "page_digest": sha256(b"{}").hexdigest(),
}


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("key", sha256(b"other").hexdigest()),
        ("nonce", "m"),
        ("event", ("other", "epoch")),
        ("event", ("event", "other")),
        ("since", (2, "cursor")),
        ("since", (3, "other")),
        ("upto", 8),
        ("page_digest", sha256(b"{ }").hexdigest()),
    ],
)
def test_other_changes_have_another_proof(member: str, value: Any) -> None:
    proof = compute_changes_proof(**CHANGES)
    assert is_proven(proof, compute_changes_proof(**CHANGES))
    assert not is_proven(proof, compute_changes_proof(**(CHANGES | {member: value})))
