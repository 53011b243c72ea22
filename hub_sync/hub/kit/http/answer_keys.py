"""What the proof of an answer to a station needs, stored in the request's state (`kit.middleware.answer_proofs`)."""

from dataclasses import dataclass
from typing import Any

from fastapi import Request

ANSWER_KEY, PLAIN_BODY = "answer_key", "plain_body"


@dataclass(frozen=True, slots=True)
class AnswerKey:
    """The key of a station's answers, and the station's status."""

    key: str
    device_status: str


def set_answer_key(request: Request, key: AnswerKey) -> None:
    """Prove the answer to this request with a key."""
    setattr(request.state, ANSWER_KEY, key)


def set_plain_body(request: Request, plain: bytes) -> None:
    """Set the body before its compression. The proof is over it: a proxy may compress it in another way."""
    setattr(request.state, PLAIN_BODY, plain)


def find_answer_key(state: dict[str, Any]) -> AnswerKey | None:
    """Return the key of a request's state, or None."""
    key = state.get(ANSWER_KEY)
    return key if isinstance(key, AnswerKey) else None
