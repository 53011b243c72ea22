"""SIGKILL at random moments: nobody gets a message twice, nobody is skipped, unsure ones are listed (listmonk#2278, #3022)."""

from pathlib import Path

from tests.faults.killed_messages import build_killed_outbox
from tests.support.smtp_sink import running_sink

MESSAGES, KILLS = 120, 3


def test_nobody_gets_it_twice_and_nobody_is_skipped_though_the_sender_is_killed(tmp_path: Path) -> None:
    with running_sink(tmp_path) as sink:
        outbox = build_killed_outbox(tmp_path / "hub", sink, MESSAGES)
        outbox.send_all(seed=14, most_kills=KILLS)
        outbox.check(sink, MESSAGES)
        assert outbox.kills > 0
