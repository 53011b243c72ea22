"""Alarms in words, in each language."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from hardware.scanner import ScannerFault
from hub_sync.rules.certificate_faults import CertificateFault
from kiosk_app.messages import ActiveAlarms, CameraAvailability, GateDeviceStatus, ScannerAvailability
from kiosk_app.screens.gate.presenter.alert_formatting import build_alerts
from kiosk_app.screens.gate.presenter.status_formatting import build_banner
from kiosk_app.screens.gate.presenter.verdict_formatting import FormatContext
from kiosk_app.screens.gate.presenter.view_state import Banner
from resources.themes import Signal
from resources.translations import LANGUAGES
from resources.translations.catalogue import texts


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_fault_of_a_certificate_has_its_own_sentence(language: str) -> None:
    context = FormatContext(texts(language), ZoneInfo("UTC"), datetime(2026, 6, 10, tzinfo=UTC))
    alerts = {
        alert.text
        for fault in CertificateFault
        for alert in build_alerts(ActiveAlarms(hub_certificate=fault), (), context)
    }
    assert len(alerts) == len(CertificateFault)
    assert not any("alarm." in sentence for sentence in alerts)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_clock_that_may_be_wrong_is_an_alert_for_the_operator(language: str) -> None:
    context = FormatContext(texts(language), ZoneInfo("UTC"), datetime(2026, 6, 10, tzinfo=UTC))
    (alert,) = build_alerts(ActiveAlarms(clock_unsure=True), (), context)
    assert alert.text == texts(language)("alarm.clock_unsure")
    assert not alert.can_dismiss


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("fault", ScannerFault)
def test_a_scanner_that_is_of_no_use_is_an_alert(language: str, fault: ScannerFault) -> None:
    context = FormatContext(texts(language), ZoneInfo("UTC"), datetime(2026, 11, 14, tzinfo=UTC))
    (alert,) = build_alerts(ActiveAlarms(scanner=fault), (), context)
    assert alert.text == texts(language)(f"alarm.scanner.{fault.value}")


def test_without_a_camera_a_missing_scanner_is_on_the_banner() -> None:
    def banner(scanner: ScannerAvailability, camera: CameraAvailability = CameraAvailability.NONE) -> Banner:
        return build_banner(GateDeviceStatus(camera=camera, scanner=scanner), ActiveAlarms(), texts("en"))

    assert banner(ScannerAvailability.MISSING).signal is Signal.AMBER
    assert banner(ScannerAvailability.READY).signal is None
    assert banner(ScannerAvailability.MISSING, CameraAvailability.LIVE).signal is None, (
        "the camera reads the next ticket"
    )
