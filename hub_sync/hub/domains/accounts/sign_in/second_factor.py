"""The second factor: six digits from an authenticator (TOTP, RFC 6238), or a recovery code in their place."""

import base64
import hashlib
import hmac
import secrets

import pyotp
import segno

from hub_sync.hub.domains.accounts.credentials.sessions import end_sessions
from hub_sync.hub.domains.accounts.errors import (
    SecondFactorIsOff,
    SecondFactorIsOn,
    SecondFactorNotBegun,
    WrongCode,
)
from hub_sync.hub.domains.accounts.manifest import (
    RECOVERY_CODE_USED,
    RECOVERY_CODES_RENEWED,
    SECOND_FACTOR_DISABLED,
    SECOND_FACTOR_ENABLED,
    SECOND_FACTOR_RESET,
    SecondFactorSwitchedOff,
    SecondFactorSwitchedOn,
)
from hub_sync.hub.domains.accounts.roles import check_may_manage
from hub_sync.hub.domains.accounts.tables import User
from hub_sync.hub.domains.accounts.users.service import get_for_update
from hub_sync.hub.domains.audit import service as audit
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.domain.audit_actions import AuditAction
from hub_sync.hub.kit.events import domain_events
from hub_sync.hub.kit.events.domain_events import DomainEvent
from hub_sync.hub.kit.security.credential_bounds import Bounds
from hub_sync.hub.kit.security.encryption import SecretBox
from hub_sync.rules.text_normalization import normalize_token

STEP_S = 30
DIGITS = 6
RECOVERY_CODES = 10
_DRIFT = (0, -1, 1)
"""Offsets of accepted time steps: clocks differ, and people type slowly."""
_RECOVERY_BYTES = 10
"""80 bits, sixteen letters: too many to try even with the hashes at hand."""


def start_setup(work: Work, seal: SecretBox, user: User) -> None:
    """Give the user a new secret, which is active once a code of it was confirmed.

    Raises:
        SecondFactorIsOn: 409.
    """
    if user.second_factor:
        raise SecondFactorIsOn
    user.totp_sealed = seal.encrypt(pyotp.random_base32().encode(), _label(user))
    user.totp_last_step = 0
    work.session.flush()


def pending_secret(seal: SecretBox, user: User) -> str:
    """Return the secret that waits for its first code.

    Raises:
        SecondFactorIsOff: 409: no set-up was started. SecondFactorIsOn: 409: the secret is confirmed and no longer shown.
    """
    if user.second_factor:
        raise SecondFactorIsOn
    if user.totp_sealed is None:
        raise SecondFactorNotBegun
    return seal.decrypt(user.totp_sealed, _label(user)).decode()


def otpauth_url(secret: str, user: User, issuer: str) -> str:
    """Return the `otpauth:` address that authenticators read."""
    return pyotp.TOTP(secret).provisioning_uri(name=user.email, issuer_name=issuer)


def qr_code_svg(address: str) -> str:
    """Return the address as a QR code: inline SVG without a style of its own."""
    return segno.make(address, error="m").svg_inline(
        scale=5, border=4, dark="#000", light="#fff", svgclass=None, lineclass=None, omitsize=False
    )


def confirm(work: Work, seal: SecretBox, user: User, code: str) -> list[str]:
    """Switch the second factor on and return the recovery codes, which are never shown again.

    Raises:
        WrongCode: 401. SecondFactorIsOff, SecondFactorIsOn: 409.
    """
    _use_code(work, pending_secret(seal, user), user, code)
    user.totp_confirmed_at = work.now()
    codes = _fresh_recovery_codes(user)
    _record(work, user, SECOND_FACTOR_ENABLED, SecondFactorSwitchedOn(entity_id=user.id))
    return codes


def verify_code(work: Work, seal: SecretBox, user: User, code: str) -> None:
    """Accept a current code or a recovery code; each works once. The caller holds the lock on the user's row.

    Raises:
        WrongCode: 401. SecondFactorIsOff: 409.
    """
    if not user.second_factor or user.totp_sealed is None:
        raise SecondFactorIsOff
    typed = normalize_token(code)
    if typed.isascii() and typed.isdigit():
        _use_code(work, seal.decrypt(user.totp_sealed, _label(user)).decode(), user, typed)
        return
    digest = _recovery_hash(user, typed)
    remaining = [
        recovery_hash
        for recovery_hash in user.recovery_hashes
        if not hmac.compare_digest(recovery_hash, digest)
    ]
    if len(remaining) == len(user.recovery_hashes):
        raise WrongCode
    user.recovery_hashes = remaining
    work.session.flush()
    audit.record(work, user.tenant_id, RECOVERY_CODE_USED, user.id, after={"left": len(remaining)})


def new_recovery_codes(work: Work, user: User) -> list[str]:
    """Replace the recovery codes by ten new ones and return them.

    Raises:
        SecondFactorIsOff: 409.
    """
    if not user.second_factor:
        raise SecondFactorIsOff
    codes = _fresh_recovery_codes(user)
    audit.record(work, user.tenant_id, RECOVERY_CODES_RENEWED, user.id)
    work.session.flush()
    return codes


def disable(work: Work, user: User) -> None:
    """Switch the second factor off; the caller has checked password and code."""
    _clear(user)
    _record(work, user, SECOND_FACTOR_DISABLED, SecondFactorSwitchedOff(entity_id=user.id))


def reset(work: Work, tenant_id: str, user_id: str, resetter: Bounds) -> User:
    """Remove the second factor of a user who has lost it; all their sessions end.

    Raises:
        UserNotFound: 404. RoleExceedsOwnPermissions: 403. SecondFactorIsOff: 409.
    """
    user = get_for_update(work, tenant_id, user_id)
    check_may_manage(work, tenant_id, resetter, user.role)
    if not user.second_factor:
        raise SecondFactorIsOff
    _clear(user)
    end_sessions(work, tenant_id, user_id)
    _record(work, user, SECOND_FACTOR_RESET, SecondFactorSwitchedOff(entity_id=user.id))
    return user


def _use_code(work: Work, secret: str, user: User, code: str) -> None:
    typed = normalize_token(code)
    now = int(work.now().timestamp()) // STEP_S
    totp = pyotp.TOTP(secret, digits=DIGITS, interval=STEP_S)
    for step in (now + drift for drift in _DRIFT):
        matches = hmac.compare_digest(totp.generate_otp(step).encode(), typed.encode("utf-8", "replace"))
        if matches and step > user.totp_last_step:
            user.totp_last_step = step
            work.session.flush()
            return
    raise WrongCode


def _fresh_recovery_codes(user: User) -> list[str]:
    codes = [_format_recovery_code(secrets.token_bytes(_RECOVERY_BYTES)) for _ in range(RECOVERY_CODES)]
    user.recovery_hashes = [_recovery_hash(user, code.replace("-", "")) for code in codes]
    return codes


def _format_recovery_code(random: bytes) -> str:
    letters = base64.b32encode(random).decode()
    return "-".join(letters[at : at + 4] for at in range(0, len(letters), 4))


def _recovery_hash(user: User, typed: str) -> str:
    return hashlib.sha256(f"{user.tenant_id}:{user.id}:{typed}".encode("utf-8", "replace")).hexdigest()


def _clear(user: User) -> None:
    user.totp_sealed, user.totp_confirmed_at, user.totp_last_step, user.recovery_hashes = None, None, 0, []


def _record(work: Work, user: User, action: AuditAction, domain_event: DomainEvent) -> None:
    user.version += 1
    work.session.flush()
    audit.record(work, user.tenant_id, action, user.id)
    domain_events.emit(work, user.tenant_id, domain_event)


def _label(user: User) -> str:
    return f"totp:{user.tenant_id}:{user.id}"
