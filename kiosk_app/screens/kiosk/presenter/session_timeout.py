"""When a session ends because nobody is there any more."""

from dataclasses import dataclass

from kiosk_app.core.kiosk.session import OUTCOME_STEPS, VisitorSession
from kiosk_app.kiosk_messages import KioskOptions

OUTCOME_S = 20
"""An outcome closes by itself after this long, counted down from its first moment; any touch begins it anew."""
STAFF_S = 90
ANSWER_MS = 8_000
"""Without an answer of the gate for this long, a visitor is sent to staff."""


@dataclass(frozen=True, slots=True)
class SessionState:
    """Whether a session goes on. `left_s`: the seconds of the warning that are left; None: nobody is warned."""

    left_s: int | None = None
    is_over: bool = False


def session_state(
    session: VisitorSession, options: KioskOptions, now_ms: int, needs_time: bool
) -> SessionState:
    """Return the state of a session that nobody has touched for a while."""
    idle_ms = session.idle_ms(now_ms)
    if session.step in OUTCOME_STEPS and not needs_time:
        return SessionState(is_over=idle_ms >= OUTCOME_S * 1000)
    warns_at_ms = options.idle_s * 1000
    if idle_ms < warns_at_ms:
        return SessionState()
    left_ms = warns_at_ms + options.warning_s * 1000 - idle_ms
    return SessionState(max(0, -(-left_ms // 1000)), left_ms <= 0)
