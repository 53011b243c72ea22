"""Certificates with one fault each, and a server that shows them."""

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

_DAY = timedelta(days=1)


@dataclass(frozen=True)
class CertificateFiles:
    """The files of a server's certificate with its key, and of the authority that signed it."""

    server: Path
    authority: Path


def write_certificate(
    folder: Path, name: str = "localhost", *, self_signed: bool = False, valid_from: timedelta = -_DAY
) -> CertificateFiles:
    """Write a certificate for a name, valid for two days from an offset to now."""
    authority_key, authority_name = ec.generate_private_key(ec.SECP256R1()), _name("Test authority")
    authority = (
        _builder(authority_name, authority_name, authority_key, -_DAY)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(authority_key, hashes.SHA256())
    )
    key, subject = ec.generate_private_key(ec.SECP256R1()), _name("Test hub")
    issuer, signer = (subject, key) if self_signed else (authority_name, authority_key)
    certificate = (
        _builder(subject, issuer, key, valid_from)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .sign(signer, hashes.SHA256())
    )
    encoding = serialization.Encoding.PEM
    private = key.private_bytes(encoding, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    files = CertificateFiles(folder / "server.pem", folder / "authority.pem")
    files.server.write_bytes(certificate.public_bytes(encoding) + private)
    files.authority.write_bytes(authority.public_bytes(encoding))
    return files


@contextmanager
def tls_server(certificate: Path | None, answer: bytes) -> Iterator[int]:
    """Answer every connection with the same bytes, over TLS or (None) plain; yield the port."""
    context = None
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)

    def serve() -> None:
        with suppress(OSError):
            while True:
                plain, _ = listening.accept()
                with (
                    suppress(OSError),
                    plain,
                    context.wrap_socket(plain, server_side=True) if context else plain as connection,
                ):
                    connection.recv(65536)
                    connection.sendall(answer)

    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield listening.getsockname()[1]
        listening.shutdown(socket.SHUT_RDWR)
        thread.join(5)


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, text)])


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, valid_from: timedelta
) -> x509.CertificateBuilder:
    begins = datetime.now(UTC) + valid_from
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins)
        .not_valid_after(begins + 2 * _DAY)
    )
