"""The webhook endpoint as tests use it: start it, read the requests that it received, stop it."""

import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlencode

import httpx
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec


class WebhookReceiver:
    """A context manager that runs `webhook_endpoint` in a process of its own."""

    def __init__(self, *, certificate: Path | None = None, host: str = "127.0.0.1") -> None:
        self._certificate, self._host = certificate, host
        self.port = 0

    def url(self, path: str, host: str | None = None) -> str:
        """Return the URL of a behaviour, with another host name of this machine if there is one."""
        scheme = "https" if self._certificate else "http"
        return f"{scheme}://{host or self._host}:{self.port}{path}"

    def log(self, *, clear: bool = False) -> list[dict[str, Any]]:
        """Return the requests: `at` (s since 1970), `connection` (its number), `path`, `headers` (lower-case names), `body`."""
        requests: list[dict[str, Any]] = self._get("/_log?clear=1" if clear else "/_log").json()
        return requests

    def requests_to(self, path: str) -> list[dict[str, Any]]:
        """Return the requests to a path, which includes the query."""
        requests: list[dict[str, Any]] = self._get(f"/_log?{urlencode({'to': path})}").json()
        return requests

    def count(self) -> int:
        """Return the number of requests since the log was cleared."""
        return int(self._get("/_count").text)

    def __enter__(self) -> Self:
        command = [sys.executable, "-m", "tests.support.webhook_endpoint", "--host", self._host]
        if self._certificate:
            command += ["--certificate", str(self._certificate)]
        root = Path(__file__).parents[2]
        self._process = subprocess.Popen(
            command, stdout=subprocess.PIPE, cwd=root, env=os.environ | {"PYTHONPATH": str(root)}, text=True
        )
        assert self._process.stdout is not None
        self.port = int(self._process.stdout.readline())
        self._client = httpx.Client(verify=False, trust_env=False, timeout=30)  # noqa: S501 - it is our own
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.close()
        self._process.kill()
        self._process.communicate()

    def _get(self, path: str) -> httpx.Response:
        return self._client.get(self.url(path)).raise_for_status()


def self_signed(directory: Path, name: str) -> Path:
    """Write a file with a self-signed certificate for a host name or address, valid for a day, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "receiver")])
    try:
        holder: x509.GeneralName = x509.IPAddress(ip_address(name))
    except ValueError:
        holder = x509.DNSName(name)
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([holder]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    written = directory / f"{name}.pem"
    written.write_bytes(
        certificate.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return written
