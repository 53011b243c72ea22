"""A child process that ends early says why, whatever it was doing."""

import pytest

from hub_sync.hub.domains.duplicates.detection import child_process
from hub_sync.hub.domains.duplicates.detection.child_process import DetectionFailed, find_pairs_in_child


def test_a_child_that_is_killed_within_a_line_was_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Half a line was an error of the parser, so that no reason was recorded, and the run waited for its lease to end."""
    monkeypatch.setattr(
        child_process, "CHILD", "tests.hub_sync.hub.domains.duplicates.detection.killed_child"
    )
    with pytest.raises(DetectionFailed) as failed:
        list(find_pairs_in_child([], "DE", lambda _: None, lambda: False))
    assert failed.value.reason == "killed"
