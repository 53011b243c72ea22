"""What the operator is told of a hub whose certificate is not accepted, over real TLS."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from hub_sync.client.http import errors
from hub_sync.client.http.errors import CertificateRefused, HubUnreachable
from hub_sync.client.http.hub_api import HubApi
from hub_sync.rules.certificate_faults import CertificateFault
from tests.support.network.certificates import tls_server, write_certificate

BODY = b'{"server_time_ms":5}'
ANSWER = (
    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 20\r\nConnection: close\r\n\r\n"
    + BODY
)
DAYS = timedelta(days=5)


def time_of(port: int, scheme: str = "https") -> int:
    """Return the time that a hub on this machine says."""
    api = HubApi(f"{scheme}://localhost:{port}")
    try:
        return api.time().server_time_ms
    finally:
        api.close()


@pytest.mark.parametrize(
    ("certificate", "trusted", "fault", "sentence"),
    [
        ({"valid_from": -DAYS}, True, CertificateFault.EXPIRED, "has expired, or the clock"),
        ({"valid_from": DAYS}, True, CertificateFault.NOT_YET_VALID, "is not valid yet, or the clock"),
        ({"name": "hub.example.org"}, True, CertificateFault.OTHER_NAME, "another name than localhost"),
        ({"self_signed": True}, True, CertificateFault.SELF_SIGNED, "signed by itself"),
        (
            {},
            False,
            CertificateFault.UNKNOWN_AUTHORITY,
            "from an authority that this computer does not trust",
        ),
    ],
)
def test_a_certificate_that_is_not_accepted_is_told_with_its_fault(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    certificate: dict[str, Any],
    trusted: bool,
    fault: CertificateFault,
    sentence: str,
) -> None:
    files = write_certificate(tmp_path, **certificate)
    if trusted:
        monkeypatch.setenv("SSL_CERT_FILE", str(files.authority))
    with (
        tls_server(files.server, ANSWER) as port,
        pytest.raises(CertificateRefused, match=sentence) as refused,
    ):
        time_of(port)
    assert refused.value.fault is fault
    assert str(refused.value).endswith(errors.KEPT)
    says_how = fault in (CertificateFault.SELF_SIGNED, CertificateFault.UNKNOWN_AUTHORITY)
    assert ("update-ca-certificates" in str(refused.value)) is says_how


def test_a_trusted_certificate_is_accepted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = write_certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(files.authority))
    with tls_server(files.server, ANSWER) as port:
        assert time_of(port) == 5


def test_a_hub_that_speaks_no_tls_is_told_as_such() -> None:
    plain = b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"
    with tls_server(None, plain) as port, pytest.raises(HubUnreachable) as refused:
        time_of(port)
    assert str(refused.value) == errors.NO_TLS
