"""Alarms in words, in each language."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from hub_sync.rules.certificate_faults import CertificateFault
from kiosk_app.messages import ActiveAlarms
from kiosk_app.screens.gate.presenter.alert_formatting import build_alerts
from kiosk_app.screens.gate.presenter.verdict_formatting import FormatContext
from resources.translations import LANGUAGES
from resources.translations.catalogue import texts


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_fault_of_a_certificate_has_its_own_sentence(language: str) -> None:
    context = FormatContext(texts(language), ZoneInfo("UTC"), datetime(2026, 6, 10, tzinfo=UTC))
    told = {
        alert.text
        for fault in CertificateFault
        for alert in build_alerts(ActiveAlarms(hub_certificate=fault), (), context)
    }
    assert len(told) == len(CertificateFault)
    assert not any("alarm." in sentence for sentence in told)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_clock_that_may_be_wrong_is_an_alert_for_the_operator(language: str) -> None:
    context = FormatContext(texts(language), ZoneInfo("UTC"), datetime(2026, 6, 10, tzinfo=UTC))
    (alert,) = build_alerts(ActiveAlarms(clock_unsure=True), (), context)
    assert alert.text == texts(language)("alarm.clock_unsure")
    assert not alert.can_dismiss
