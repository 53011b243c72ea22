"""Sessions: how long they last, what ends them, and the proof that a change needs."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from hub_sync.contract.clock import ManualClock
from hub_sync.hub.domains.accounts import service as accounts
from hub_sync.hub.domains.accounts.credentials.sessions import (
    SessionLifetimes,
    csrf_token,
    lifetimes,
    sessions_of,
)
from hub_sync.hub.domains.accounts.errors import CsrfTokenMissing, SessionNotFound, SignInNeeded
from hub_sync.hub.domains.accounts.own_account.service import OwnAccount
from hub_sync.hub.domains.accounts.sign_in.service import SignIn, SignInAttempt
from hub_sync.hub.domains.accounts.sign_in.session_activity import SessionActivity
from hub_sync.hub.kit.http.context import HubContext
from hub_sync.hub.kit.security.credential_bounds import UNBOUNDED
from hub_sync.hub.kit.security.permissions import Role
from tests.hub_sync.hub.domains.accounts.conftest import HERE, PASSWORD, People, session_of

EVERYTHING = UNBOUNDED


def is_in(hub: HubContext, token: str) -> bool:
    """Whether the token is good."""
    with hub.uow.read() as work:
        try:
            return bool(accounts.authenticate_session(work, token))
        except SignInNeeded:
            return False


def use(hub: HubContext, token: str, address: str = "") -> None:
    """A call with the token, whose note of the time is written down before this returns."""
    activity = SessionActivity(hub.uow, lifetimes(hub.settings))
    with hub.uow.read() as work:
        activity.note(accounts.authenticate_session(work, token), address)
    activity.close()


def test_nothing_in_the_database_signs_anybody_in(hub: HubContext, people: People) -> None:
    token = session_of(hub, people, people.admin)
    with hub.uow.read() as work:
        row = work.session.execute(text("SELECT * FROM user_sessions")).mappings().one()
    assert len(token) == 43
    assert token not in str(dict(row))
    assert not any(is_in(hub, str(value)) for value in row.values())
    assert not any(is_in(hub, wrong) for wrong in ("", "x", token[:-1], token + "=", "\ud800", "\x00"))
    assert is_in(hub, token)


def test_a_session_that_nobody_uses_runs_out(hub: HubContext, people: People, clock: ManualClock) -> None:
    token = session_of(hub, people, people.admin)
    clock.advance(timedelta(hours=11, minutes=59))
    assert is_in(hub, token)
    clock.advance(timedelta(minutes=1))
    assert not is_in(hub, token)


def test_a_session_in_use_lasts_a_week_and_no_longer(
    hub: HubContext, people: People, clock: ManualClock
) -> None:
    token = session_of(hub, people, people.admin)
    for _ in range(13):
        clock.advance(timedelta(hours=12) - timedelta(seconds=1))
        use(hub, token)
    clock.advance(timedelta(hours=11, minutes=59))
    assert is_in(hub, token)
    use(hub, token)
    clock.advance(timedelta(minutes=2))
    assert not is_in(hub, token), "seven days are over, however busy it was"


def test_use_is_noted_once_a_minute_with_the_address(
    hub: HubContext, people: People, clock: ManualClock
) -> None:
    token = session_of(hub, people, people.admin)

    def last_activity() -> tuple[timedelta, str]:
        with hub.uow.read() as work:
            (row,) = sessions_of(work, people.tenant_id, people.admin)
            return clock.now() - row.last_seen_at, row.address

    clock.advance(timedelta(seconds=59))
    use(hub, token, "198.51.100.7")
    assert last_activity() == (timedelta(seconds=59), HERE.address)
    clock.advance(timedelta(seconds=1))
    use(hub, token, "198.51.100.7")
    assert last_activity() == (timedelta(0), "198.51.100.7")


@pytest.mark.both_databases
def test_many_calls_at_once_note_a_session_once(hub: HubContext, people: People, clock: ManualClock) -> None:
    token = session_of(hub, people, people.admin)
    clock.advance(timedelta(minutes=5))
    activity = SessionActivity(hub.uow, lifetimes(hub.settings))
    with hub.uow.read() as work:
        user = accounts.authenticate_session(work, token)
    for _ in range(50):
        activity.note(user, "")
    assert activity._writer._work_queue.qsize() <= 1
    activity.close()


def test_a_note_does_not_bring_an_ended_session_back(
    hub: HubContext, people: People, sign_in: SignIn, clock: ManualClock
) -> None:
    token = session_of(hub, people, people.admin)
    clock.advance(timedelta(minutes=5))
    with hub.uow.read() as work:
        user = accounts.authenticate_session(work, token)
    sign_in.sign_out(token)
    activity = SessionActivity(hub.uow, lifetimes(hub.settings))
    activity.note(user, "")
    activity.close()
    assert not is_in(hub, token)


OPERATOR = {"check-in:scan", "queues:read", "queues:serve", "workflows:decide"}


def test_a_changed_role_holds_at_the_next_call(hub: HubContext, people: People) -> None:
    token = session_of(hub, people, people.viewer)
    with hub.uow.begin() as work:
        changes = accounts.UserChanges(role=Role.OPERATOR)
        accounts.update(work, people.tenant_id, people.viewer, changes, EVERYTHING)
    with hub.uow.read() as work:
        assert accounts.authenticate_session(work, token).permissions == OPERATOR


def test_deactivation_ends_every_session_for_good(hub: HubContext, people: People) -> None:
    token = session_of(hub, people, people.viewer)
    for active in (False, True):
        with hub.uow.begin() as work:
            changes = accounts.UserChanges(active=active)
            accounts.update(work, people.tenant_id, people.viewer, changes, EVERYTHING)
        assert not is_in(hub, token)


def test_a_changed_password_ends_the_other_sessions(hub: HubContext, people: People) -> None:
    here, there, colleague = (
        session_of(hub, people, whose) for whose in (people.admin, people.admin, people.viewer)
    )
    with hub.uow.read() as work:
        session_id = accounts.authenticate_session(work, here).session_id
    OwnAccount(hub, people.tenant_id, people.admin).change_password(
        PASSWORD, "a better horse battery", session_id
    )
    assert (is_in(hub, here), is_in(hub, there), is_in(hub, colleague)) == (True, False, True)
    SignIn(hub).authenticate(SignInAttempt("ada@example.org", "a better horse battery"), HERE)


def test_somebody_ends_their_own_sessions_and_nobody_elses(hub: HubContext, people: People) -> None:
    mine, other, vera = (
        session_of(hub, people, whose) for whose in (people.admin, people.admin, people.viewer)
    )
    account = OwnAccount(hub, people.tenant_id, people.admin)
    with hub.uow.read() as work:
        listed = sessions_of(work, people.tenant_id, people.admin)
        other_id = accounts.authenticate_session(work, other).session_id
        veras = accounts.authenticate_session(work, vera).session_id
    assert len(listed) == 2
    account.end_session(other_id)
    for gone in (other_id, veras, "nothing"):
        with pytest.raises(SessionNotFound):
            account.end_session(gone)
    assert (is_in(hub, mine), is_in(hub, other), is_in(hub, vera)) == (True, False, True)


def test_sessions_that_ran_out_are_cleared_away_at_the_next_sign_in(
    hub: HubContext, people: People, clock: ManualClock
) -> None:
    session_of(hub, people, people.admin, SessionLifetimes(timedelta(minutes=1), timedelta(minutes=1)))
    clock.advance(timedelta(minutes=2))
    session_of(hub, people, people.admin)
    with hub.uow.read() as work:
        assert work.session.execute(text("SELECT count(*) FROM user_sessions")).scalar() == 1


def test_a_change_needs_the_proof_of_its_own_session() -> None:
    accounts.check_csrf("a-token", csrf_token("a-token"))
    for proof in ("", "x", csrf_token("another"), csrf_token("a-token")[:-1], "\ud800"):
        with pytest.raises(CsrfTokenMissing):
            accounts.check_csrf("a-token", proof)
