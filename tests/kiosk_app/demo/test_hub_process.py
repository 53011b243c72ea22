"""The demo's hub process."""

from pathlib import Path

import pytest

from kiosk_app.demo import hub_process
from kiosk_app.demo.hub_process import HubNotAvailable, HubProcess


def test_a_hub_that_does_not_answer_in_time_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub_process, "START_TIMEOUT_S", 0.0)
    hub = HubProcess(tmp_path)
    with pytest.raises(HubNotAvailable, match="did not start; see"):
        hub.start()
    assert hub._process is None, "nobody else would end it"
