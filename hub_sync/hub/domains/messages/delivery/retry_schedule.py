"""The result of an attempt to send, and the schedule by which a refused message is tried again."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from hub_sync.contract.enums import MessageStatus
from hub_sync.hub.domains.messages.delivery.failures import DeliveryFailure

MINUTE, HOUR = 60, 3600
SCHEDULE_S = (MINUTE, 5 * MINUTE, 15 * MINUTE, HOUR, 2 * HOUR, 4 * HOUR, 8 * HOUR, 12 * HOUR, 24 * HOUR)
"""Seconds from one attempt to the next after an answer 4xx; after the last one a delivery is DEAD."""
JITTER = 0.2

RandomSource = Callable[[], float]
"""Returns a number from 0 up to 1, as `random.random` does."""


@dataclass(frozen=True, slots=True)
class SendOutcome:
    """The result of an attempt.

    Attributes:
        status: SENT, DEFERRED, BOUNCED, FAILED or UNSURE; QUEUED: nothing was tried, it goes back as it was.
        code: why it was not sent.
        response: what the server answered.
        suppresses: True if the address does not exist, so that nothing but tickets and the like goes to it any more.
    """

    status: MessageStatus
    code: DeliveryFailure | None = None
    response: str = ""
    suppresses: bool = False


def next_attempt(now: datetime, attempts: int, random: RandomSource) -> datetime | None:
    """Return when to try again after an answer 4xx, or None if it is given up.

    Args:
        now: the time of the answer.
        attempts: how many have been made, this one included.
        random: the source of the jitter.
    """
    if attempts > len(SCHEDULE_S):
        return None
    return now + timedelta(seconds=SCHEDULE_S[attempts - 1] * (1 + JITTER * (2 * random() - 1)))
