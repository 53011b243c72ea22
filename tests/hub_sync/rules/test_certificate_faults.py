"""Faults of certificates, found among the causes of an error."""

import ssl

import pytest

from hub_sync.rules.certificate_faults import CertificateFault, certificate_fault


def refusal(code: int) -> ssl.SSLCertVerificationError:
    error = ssl.SSLCertVerificationError(1, "certificate verify failed")
    error.verify_code = code
    return error


@pytest.mark.parametrize(
    ("code", "fault"),
    [
        (10, CertificateFault.EXPIRED),
        (9, CertificateFault.NOT_YET_VALID),
        (62, CertificateFault.OTHER_NAME),
        (64, CertificateFault.OTHER_NAME),
        (18, CertificateFault.SELF_SIGNED),
        (19, CertificateFault.UNKNOWN_AUTHORITY),
        (20, CertificateFault.UNKNOWN_AUTHORITY),
        (23, CertificateFault.OTHER),
    ],
)
def test_each_code_has_its_fault_however_deep_it_lies(code: int, fault: CertificateFault) -> None:
    outer = ConnectionError("connection failed")
    outer.__cause__ = OSError("in between")
    outer.__cause__.__context__ = refusal(code)
    assert certificate_fault(outer) is certificate_fault(refusal(code)) is fault


def test_an_error_of_another_kind_is_about_no_certificate() -> None:
    assert certificate_fault(ConnectionRefusedError()) is None
    assert certificate_fault(ssl.SSLError(1, "wrong version number")) is None
