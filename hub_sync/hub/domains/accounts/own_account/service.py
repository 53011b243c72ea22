"""The own account: password, second factor, sessions; and the use of one-time links."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace

from hub_sync.hub.domains.accounts.credentials import one_time_links, passwords
from hub_sync.hub.domains.accounts.credentials.sessions import end_session, end_sessions
from hub_sync.hub.domains.accounts.errors import OwnPasswordChanged, WrongPassword
from hub_sync.hub.domains.accounts.manifest import (
    PASSWORD_CHANGED,
    PASSWORD_RESET,
    SESSION_ENDED,
    USER_JOINED,
    USER_UPDATED,
    UserJoined,
    UserPasswordChanged,
    UserUpdated,
)
from hub_sync.hub.domains.accounts.sign_in import second_factor
from hub_sync.hub.domains.accounts.sign_in.throttle import SignInThrottle
from hub_sync.hub.domains.accounts.tables import TokenPurpose, User
from hub_sync.hub.domains.accounts.users.service import actor_of, get, get_for_update
from hub_sync.hub.domains.audit import service as audit
from hub_sync.hub.kit.db.row_snapshots import snapshot
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.domain.audit_actions import AuditAction
from hub_sync.hub.kit.events import domain_events
from hub_sync.hub.kit.http.context import HubContext


class OwnAccount:
    """Actions of a user on their own account. No password is hashed while a transaction is open."""

    def __init__(
        self,
        hub: HubContext,
        tenant_id: str,
        user_id: str,
        begin: Callable[[], AbstractContextManager[Work]] | None = None,
    ) -> None:
        """Create the account; `begin` begins the transactions of its changes, if they are part of something larger."""
        self._hub, self._tenant_id, self._user_id = hub, tenant_id, user_id
        self._begin_work = begin or hub.uow.begin
        self._throttle = SignInThrottle(hub.rate_limits)

    def change_profile(self, name: str, language: str) -> None:
        """Set name and language ("" follows the browser)."""
        with self._begin() as (work, user):
            before = snapshot(user)
            user.name, user.language = name, language
            if snapshot(user) == before:
                return
            user.version += 1
            work.session.flush()
            audit.record(work, user.tenant_id, USER_UPDATED, user.id, before=before, after=snapshot(user))
            updated = UserUpdated(entity_id=user.id, changed=["language", "name"])
            domain_events.emit(work, user.tenant_id, updated)

    def change_password(self, old: str, new: str, session_id: str = "") -> None:
        """Set a new password; every other session ends, and links become invalid.

        Raises:
            WrongPassword: 403. PasswordTooWeak: 422. TooManyAttempts: 429. UserChanged: 412.
        """
        user_read = self._verify_password(old)
        passwords.check_password_rules(new, user_read.email)
        password_hash = passwords.hash_password(new)
        with self._begin(user_read) as (work, user):
            _set_password(work, user, password_hash, PASSWORD_CHANGED, but=session_id)

    def begin_second_factor(self, password: str) -> None:
        """Create a secret for an authenticator; it is active once `confirm_second_factor` accepted a code of it.

        Raises:
            WrongPassword: 403. TooManyAttempts: 429. SecondFactorIsOn: 409.
        """
        with self._begin(self._verify_password(password)) as (work, user):
            second_factor.start_setup(work, self._hub.secret_box, user)

    def confirm_second_factor(self, code: str) -> list[str]:
        """Switch the second factor on and return the recovery codes, which are never shown again.

        Raises:
            WrongCode: 401. TooManyAttempts: 429. SecondFactorIsOn, SecondFactorIsOff: 409.
        """
        self._throttle.count_code_attempt(self._user_id)
        with self._begin() as (work, user):
            return second_factor.confirm(work, self._hub.secret_box, user, code)

    def new_recovery_codes(self, password: str, code: str) -> list[str]:
        """Replace the recovery codes by ten new ones and return them.

        Raises:
            WrongPassword: 403. WrongCode: 401. TooManyAttempts: 429. SecondFactorIsOff: 409.
        """
        with self._begin(self._verify_password(password)) as (work, user):
            second_factor.verify_code(work, self._hub.secret_box, user, code)
            return second_factor.new_recovery_codes(work, user)

    def switch_second_factor_off(self, password: str, code: str) -> None:
        """Sign in with the password alone from now on.

        Raises:
            WrongPassword: 403. WrongCode: 401. TooManyAttempts: 429. SecondFactorIsOff: 409.
        """
        with self._begin(self._verify_password(password)) as (work, user):
            second_factor.verify_code(work, self._hub.secret_box, user, code)
            second_factor.disable(work, user)

    def end_session(self, session_id: str) -> None:
        """Sign out one browser.

        Raises:
            SessionNotFound: 404.
        """
        with self._begin() as (work, user):
            end_session(work, user.tenant_id, user.id, session_id)
            audit.record(work, user.tenant_id, SESSION_ENDED, user.id)

    def _verify_password(self, password: str) -> User:
        """Return the user, after a check of their password."""
        self._throttle.count_code_attempt(self._user_id)
        with self._hub.uow.read() as work:
            user_read = get(work, self._tenant_id, self._user_id)
        if not passwords.verify_password(user_read.password_hash, password):
            raise WrongPassword
        return user_read

    @contextmanager
    def _begin(self, user_read: User | None = None) -> Iterator[tuple[Work, User]]:
        """Yield a transaction in the user's name and their locked row; the password must be the one that was checked."""
        with self._begin_work() as work:
            user = get_for_update(work, self._tenant_id, self._user_id)
            if user_read is not None and user.password_hash != user_read.password_hash:
                raise OwnPasswordChanged
            yield replace(work, actor=actor_of(user)), user


def use_link(hub: HubContext, token: str, purpose: TokenPurpose, password: str, name: str = "") -> User:
    """Set the password that a link is for; all sessions of its user end.

    Raises:
        LinkInvalid: 410. PasswordTooWeak: 422. SignInBusy: 503.
    """
    with hub.uow.read() as work:
        user_read = one_time_links.user_of(work, token, purpose)
    passwords.check_password_rules(password, user_read.email)
    password_hash = passwords.hash_password(password)
    with hub.uow.begin() as work:
        user = one_time_links.use(work, token, purpose)
        user.name = name or user.name
        action = USER_JOINED if purpose is TokenPurpose.INVITATION else PASSWORD_RESET
        _set_password(replace(work, actor=actor_of(user)), user, password_hash, action)
    return user


def _set_password(work: Work, user: User, password_hash: str, action: AuditAction, *, but: str = "") -> None:
    joined = not user.password_hash
    user.password_hash, user.password_changed_at = password_hash, work.now()
    user.version += 1
    end_sessions(work, user.tenant_id, user.id, but=but)
    one_time_links.revoke_links(work, user)
    work.session.flush()
    audit.record(work, user.tenant_id, action, user.id)
    kind = UserJoined if joined else UserPasswordChanged
    domain_events.emit(work, user.tenant_id, kind(entity_id=user.id))
