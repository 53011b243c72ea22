"""Form tokens: each rendered form names, encrypted, the user that it was rendered for and an id of its own.

The CSRF token belongs to one sign-in; the form token outlives it. By the form token the hub knows whose input it is
when the session has ended, and that two identical requests are one form that was sent twice.
"""

from dataclasses import dataclass

from hub_sync.hub.kit.security import encrypted_cookies
from hub_sync.hub.kit.security.encryption import SecretBox

FORM_TOKEN_FIELD = "form_token"  # noqa: S105 - the name of a field
LIFETIME_S = 30 * 24 * 3600
_LABEL = "console form 1"


@dataclass(frozen=True, slots=True)
class FormToken:
    """The user that a form was rendered for, and the form's id."""

    tenant_id: str
    user_id: str
    id: str


def issue_form_token(seal: SecretBox, token: FormToken, now_s: float) -> str:
    """Return the token as the value of a hidden field."""
    values = [token.tenant_id, token.user_id, token.id]
    return encrypted_cookies.encrypt_cookie(seal, values, _LABEL, now_s)


def read_form_token(seal: SecretBox, value: str, now_s: float) -> FormToken | None:
    """Return the token of a hidden field, or None if the hub did not issue it or it is too old."""
    values = encrypted_cookies.decrypt_cookie(seal, value, _LABEL, now_s, LIFETIME_S)
    return FormToken(*values) if values else None
