"""Encryption of secrets at rest: AES-256-GCM under the hub's own secret.

The secret is DOORWARD_SECRET (64 hex digits), otherwise a file of mode 600 in the data folder, created at first use. A
ciphertext is bound to a label (tenant, kind, id), so that one row's secret can't be copied to another row.
"""

import contextlib
import hmac
import os
import secrets
from functools import lru_cache
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from hub_sync.rules.tickets.ticket_keys import parse_key

_NONCE = 12
_REMEMBERED = 256
"""Keys and boxes that are remembered; most of their labels are constants, some name a tenant or an event."""


class SecretUnusable(Exception):
    """The hub's secret can't be read or created, or did not encrypt this; the message is one sentence for a person."""


class SecretBox:
    """Encrypts and decrypts short secrets."""

    def __init__(self, key: bytes) -> None:
        """Take the key, 32 bytes."""
        self._key, self._cipher = key, AESGCM(key)

    def derive_key(self, label: str) -> bytes:
        """Return a key of 32 bytes for one purpose: the same at every start of the hub, and without a way back to the secret."""
        return _derive_key(self._key, label)

    def encrypt(self, plain: bytes, label: str) -> bytes:
        """Encrypt under a fresh nonce."""
        nonce = secrets.token_bytes(_NONCE)
        return nonce + self._cipher.encrypt(nonce, plain, label.encode())

    def decrypt(self, sealed: bytes, label: str) -> bytes:
        """Decrypt what `encrypt` returned for the same label.

        Raises:
            SecretUnusable: it was encrypted with another secret or label, or was changed.
        """
        try:
            return self._cipher.decrypt(sealed[:_NONCE], sealed[_NONCE:], label.encode())
        except (InvalidTag, ValueError) as error:
            raise SecretUnusable(
                "What is sealed in the database does not open with this hub's secret (DOORWARD_SECRET or the file "
                "hub-secret); restore the secret that belongs to this database."
            ) from error


@lru_cache(_REMEMBERED)
def secret_box(key: bytes) -> SecretBox:
    """Return the box of a key. It is remembered, as a mail that is built needs two, and each of them its cipher."""
    return SecretBox(key)


@lru_cache(_REMEMBERED)
def _derive_key(key: bytes, label: str) -> bytes:
    return hmac.digest(key, b"doorward/derived/" + label.encode(), "sha256")


def load_or_create_secret(from_environment: str, file: Path) -> bytes:
    """Return the hub's secret of 32 bytes, created if it is in neither place.

    Raises:
        SecretUnusable: the environment's is not 64 hex digits, or the file can't be read or created.
    """
    if not from_environment:
        with contextlib.suppress(FileExistsError):
            _make(file)
    return load_secret(from_environment, file)


def load_secret(from_environment: str, file: Path) -> bytes:
    """Return the hub's secret of 32 bytes, from the environment if it is there, else from the file.

    Raises:
        SecretUnusable: it is in neither place, or is not 64 hex digits.
    """
    if from_environment:
        try:
            return parse_key(from_environment)
        except ValueError as error:
            raise SecretUnusable("DOORWARD_SECRET must be 64 hex digits (32 bytes).") from error
    try:
        return parse_key(file.read_text(encoding="ascii"))
    except OSError as error:
        raise SecretUnusable(f"The hub's secret in {file} can't be read: {error}") from error
    except ValueError as error:
        raise SecretUnusable(
            f"The file {file} holds no hub's secret, which is 64 hex digits (32 bytes). Put the right file back."
        ) from error


def _make(file: Path) -> None:
    """Create a secret file atomically: two hubs that start at once use the same secret."""
    fresh = file.with_name(f"{file.name}.{secrets.token_hex(8)}")
    try:
        if file.exists():
            return
        handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="ascii") as out:
            out.write(secrets.token_hex(32) + "\n")
            out.flush()
            os.fsync(out.fileno())
        os.link(fresh, file)
    except FileExistsError:
        raise
    except OSError as error:
        raise SecretUnusable(f"The hub's secret can't be written to {file}: {error.strerror}") from error
    finally:
        fresh.unlink(missing_ok=True)
