"""Authenticate callers: an API key or a session, with the feature flags of the tenant."""

from collections.abc import Mapping

import structlog
from sqlalchemy.exc import SQLAlchemyError

from hub_sync.hub.domains.accounts import service as accounts
from hub_sync.hub.domains.api_keys import service as api_keys
from hub_sync.hub.domains.feature_flags import service as feature_flags
from hub_sync.hub.kit.db.unit_of_work import UnitOfWork, Work
from hub_sync.hub.kit.errors import HubError
from hub_sync.hub.kit.middleware.request_log import set_caller
from hub_sync.hub.kit.security.access import Caller, CallerKind, Credentials
from hub_sync.hub.kit.security.encryption import SecretBox

log = structlog.get_logger(__name__)

CALLS_OF_PEOPLE = 2000
"""Calls a minute for a session: the console's own pages make many."""


class DomainAuthenticator:
    """The `Authenticator` of the hub; it asks the domains."""

    def __init__(
        self,
        uow: UnitOfWork,
        secret_box: SecretBox,
        keys: api_keys.ApiKeyAuthenticator,
        activity: accounts.SessionActivity,
    ) -> None:
        """Take the API keys, with their cache and usage, and the activity of sessions."""
        self._uow, self._secret_box = uow, secret_box
        self._keys, self._activity = keys, activity

    def authenticate(self, work: Work, credentials: Credentials) -> Caller:
        """Return the caller of an API key or of a session's cookie.

        Raises:
            SignInNeeded, ApiKeyInvalid and its kin: 401. AddressNotAllowed, CsrfTokenMissing: 403.
        """
        caller = self._key(work, credentials) if credentials.api_key else self._user(work, credentials)
        set_caller(f"{caller.kind.value}:{caller.id}")
        return caller

    def knows_browser(self, cookies: Mapping[str, str]) -> bool:
        """Return True if somebody has signed in with the browser that sends these cookies, though the session may have ended."""
        now_s = self._uow.clock.now().timestamp()
        return accounts.is_known_browser(self._secret_box, cookies, now_s)

    def record_use(self, caller: Caller) -> None:
        """Count a key's call."""
        if caller.kind is CallerKind.KEY:
            self._keys.record_use(caller.tenant_id, caller.id)

    def flush_usage(self) -> None:
        """Store the usage of API keys until now, and mark expired keys."""
        if not self._keys.usage.flush():
            return
        try:
            api_keys.mark_expired(self._uow)
        except (SQLAlchemyError, HubError) as error:
            log.warning("expired_api_keys_not_marked", error=type(error).__name__)

    def close(self) -> None:
        """Store what is not stored yet."""
        self._keys.usage.flush()
        self._activity.close()

    def _key(self, work: Work, credentials: Credentials) -> Caller:
        key = self._keys.authenticate(work, credentials.api_key, credentials.client_ip)
        return Caller(
            CallerKind.KEY,
            key.id,
            key.tenant_id,
            f"key:{key.name} ({key.prefix})",
            key.permissions,
            key.flags,
            key.calls_a_minute,
            expires_at=key.ends_at,
            networks=key.networks,
        )

    def _user(self, work: Work, credentials: Credentials) -> Caller:
        user = accounts.authenticate_session(work, credentials.session_token)
        if credentials.changes:
            accounts.check_csrf(credentials.session_token, credentials.csrf_token)
        self._activity.note(user, credentials.client_ip)
        return Caller(
            CallerKind.USER,
            user.user_id,
            user.tenant_id,
            f"user:{user.email}",
            user.permissions,
            feature_flags.enabled_flags(work, user.tenant_id),
            CALLS_OF_PEOPLE,
            session_id=user.session_id,
            name=user.name or user.email,
            language=user.language,
            csrf_token=accounts.csrf_token(credentials.session_token),
        )
