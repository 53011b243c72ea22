"""Invitations and password links: good once, for a while, for whom they were made."""

from collections.abc import Callable
from datetime import timedelta
from threading import Barrier, Thread

import pytest
from sqlalchemy import text

from hub_sync.contract.clock import ManualClock
from hub_sync.hub.domains.accounts import service as accounts
from hub_sync.hub.domains.accounts.errors import (
    EmailTaken,
    LinkInvalid,
    PasswordTooWeak,
    RoleExceedsOwnPermissions,
    SignInNeeded,
    UserNotActive,
    WrongCredentials,
)
from hub_sync.hub.domains.accounts.own_account.service import OwnAccount, use_link
from hub_sync.hub.domains.accounts.sign_in.service import SignIn, SignInAttempt
from hub_sync.hub.domains.accounts.tables import TokenPurpose
from hub_sync.hub.domains.audit import service as audit
from hub_sync.hub.kit.http.context import HubContext
from hub_sync.hub.kit.security.credential_bounds import UNBOUNDED, Bounds
from hub_sync.hub.kit.security.permissions import Role
from tests.hub_sync.hub.domains.accounts.conftest import HERE, PASSWORD, People, session_of

EVERYTHING = UNBOUNDED
FRESH = "a brand new password"
Use = Callable[..., object]


def invited(hub: HubContext, people: People, email: str = "new@example.org") -> tuple[str, str]:
    """(user id, token) of somebody who was invited just now."""
    with hub.uow.begin(actor="user:ada@example.org") as work:
        new = accounts.NewUser(email=email, name="Nova", role=Role.OPERATOR)
        user, path = accounts.invite(work, people.tenant_id, new, EVERYTHING)
    assert path.startswith("/invitation/")
    return user.id, path.removeprefix("/invitation/")


def reset_token(hub: HubContext, people: People, user_id: str) -> str:
    """The token of a password link."""
    with hub.uow.begin() as work:
        _, path = accounts.create_link(work, people.tenant_id, user_id, EVERYTHING)
    assert path.startswith("/reset/")
    return path.removeprefix("/reset/")


def accept(hub: HubContext, token: str, password: str = FRESH) -> None:
    use_link(hub, token, TokenPurpose.INVITATION, password)


def reset(hub: HubContext, token: str, password: str = FRESH) -> None:
    use_link(hub, token, TokenPurpose.PASSWORD_RESET, password)


def test_an_invitation_is_accepted_once(hub: HubContext, people: People, sign_in: SignIn) -> None:
    user_id, token = invited(hub, people)
    accept(hub, token)
    begun = sign_in.authenticate(SignInAttempt("new@example.org", FRESH), HERE)
    with hub.uow.read() as work:
        user = accounts.authenticate_session(work, begun.token)
        entries = audit.entries_of(work, people.tenant_id, "user", user_id)
        domain_events = work.session.execute(
            text("SELECT type FROM domain_events WHERE entity_id = :id ORDER BY id"), {"id": user_id}
        )
        assert list(domain_events.scalars()) == ["UserInvited", "UserJoined"]
    assert (user.name, user.role) == ("Nova", "OPERATOR")
    assert [(entry.actor, entry.action) for entry in entries[:2]] == [
        ("user:ada@example.org", "invite"),
        ("user:new@example.org", "accept-invitation"),
    ]
    with pytest.raises(LinkInvalid) as caught:
        accept(hub, token)
    assert caught.value.status == 410


@pytest.mark.parametrize(("hours", "good"), [(7 * 24 - 1, True), (7 * 24, False)])
def test_an_invitation_is_good_for_seven_days(
    hub: HubContext, people: People, clock: ManualClock, hours: int, good: bool
) -> None:
    _, token = invited(hub, people)
    clock.advance(timedelta(hours=hours))
    if good:
        accept(hub, token)
    else:
        with pytest.raises(LinkInvalid):
            accept(hub, token)


def test_a_password_link_is_good_for_a_day_and_ends_every_session(
    hub: HubContext, people: People, clock: ManualClock, sign_in: SignIn
) -> None:
    late = reset_token(hub, people, people.viewer)
    clock.advance(timedelta(hours=24))
    with pytest.raises(LinkInvalid):
        reset(hub, late)
    session = session_of(hub, people, people.viewer)
    reset(hub, reset_token(hub, people, people.viewer))
    with hub.uow.read() as work, pytest.raises(SignInNeeded):
        accounts.authenticate_session(work, session)
    sign_in.authenticate(SignInAttempt("vera@example.org", FRESH), HERE)
    with pytest.raises(WrongCredentials):
        sign_in.authenticate(SignInAttempt("vera@example.org", PASSWORD), HERE)


def test_a_new_link_voids_the_old_and_a_new_password_voids_all(hub: HubContext, people: People) -> None:
    old, fresh = (reset_token(hub, people, people.viewer) for _ in range(2))
    with pytest.raises(LinkInvalid):
        reset(hub, old)
    OwnAccount(hub, people.tenant_id, people.viewer).change_password(PASSWORD, FRESH)
    with pytest.raises(LinkInvalid):
        reset(hub, fresh)


def test_a_link_does_one_thing_only_and_no_made_up_one_does_any(hub: HubContext, people: People) -> None:
    _, invitation = invited(hub, people)
    password_link = reset_token(hub, people, people.viewer)
    for use, token in (
        (reset, invitation),
        (accept, password_link),
        (accept, ""),
        (accept, invitation[:-1]),
        (accept, invitation + "="),
        (reset, "\ud800\x00"),
    ):
        with pytest.raises(LinkInvalid):
            use(hub, token)


def test_a_weak_password_does_not_spend_the_link(hub: HubContext, people: People) -> None:
    _, token = invited(hub, people)
    for weak in ("short", "aaaaaaaaaaaaaaaa", "new@example.org"):
        with pytest.raises(PasswordTooWeak):
            accept(hub, token, weak)
    accept(hub, token)


@pytest.mark.both_databases
def test_of_two_that_use_a_link_at_once_one_succeeds(hub: HubContext, people: People) -> None:
    _, token = invited(hub, people)
    start, ins, outs = Barrier(2), [], []

    def use(password: str) -> None:
        start.wait()
        try:
            accept(hub, token, password)
            ins.append(password)
        except LinkInvalid:
            outs.append(password)

    threads = [Thread(target=use, args=(f"{FRESH} {n}",)) for n in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(ins), len(outs)) == (1, 1)
    SignIn(hub).authenticate(SignInAttempt("new@example.org", ins[0]), HERE)


def test_the_deactivated_get_no_link_and_use_none(hub: HubContext, people: People) -> None:
    token = reset_token(hub, people, people.viewer)
    with hub.uow.begin() as work:
        accounts.update(work, people.tenant_id, people.viewer, accounts.UserChanges(active=False), EVERYTHING)
        with pytest.raises(UserNotActive):
            accounts.create_link(work, people.tenant_id, people.viewer, EVERYTHING)
    with pytest.raises(LinkInvalid):
        reset(hub, token)


def test_whoever_has_not_accepted_gets_another_invitation(hub: HubContext, people: People) -> None:
    user_id, old = invited(hub, people)
    with hub.uow.begin() as work:
        _, path = accounts.create_link(work, people.tenant_id, user_id, EVERYTHING)
    with pytest.raises(LinkInvalid):
        accept(hub, old)
    accept(hub, path.removeprefix("/invitation/"))


def test_nothing_in_the_database_or_the_audit_is_the_link(hub: HubContext, people: People) -> None:
    _, token = invited(hub, people)
    with hub.uow.read() as work:
        stored = [
            str(dict(row))
            for table in ("user_tokens", "audit_logs", "domain_events", "users")
            for row in work.session.execute(text(f"SELECT * FROM {table}")).mappings()  # noqa: S608
        ]
    assert not any(token in row for row in stored)


def test_nobody_makes_a_link_for_whoever_may_do_more(hub: HubContext, people: People) -> None:
    """A key that may manage users could else be an administrator in two calls."""
    permissions = Bounds(
        frozenset({"users:manage", "check-in:scan", "queues:read", "queues:serve", "workflows:decide"})
    )
    with hub.uow.begin() as work:
        with pytest.raises(RoleExceedsOwnPermissions):
            accounts.create_link(work, people.tenant_id, people.admin, permissions)
        with pytest.raises(RoleExceedsOwnPermissions):
            accounts.invite(
                work, people.tenant_id, accounts.NewUser(email="me@example.org", role=Role.ADMIN), permissions
            )
        accounts.create_link(work, people.tenant_id, people.operator, permissions)
        with pytest.raises(EmailTaken):
            accounts.invite(
                work,
                people.tenant_id,
                accounts.NewUser(email="Oscar@example.org", role=Role.OPERATOR),
                permissions,
            )
