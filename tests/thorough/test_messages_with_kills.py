"""A hundred kills during a broadcast of 1,000: nobody twice, nobody skipped, unsure ones listed, totals add up."""

from pathlib import Path

import pytest

from tests.faults.killed_messages import build_killed_outbox
from tests.support.smtp_sink import running_sink

MESSAGES, KILLS = 1_000, 100


@pytest.mark.timeout(1800)
def test_a_thousand_messages_survive_a_hundred_kills(tmp_path: Path) -> None:
    with running_sink(tmp_path) as sink:
        outbox = build_killed_outbox(tmp_path / "hub", sink, MESSAGES)
        outbox.send_all(seed=2278, most_kills=KILLS)
        outbox.check(sink, MESSAGES)
