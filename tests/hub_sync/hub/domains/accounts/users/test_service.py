"""Changing people: who may, what stays, and who is always left to manage the tenant."""

from collections.abc import Callable
from datetime import timedelta
from threading import Barrier, Thread

import pytest

from hub_sync.hub.domains.accounts import service as accounts
from hub_sync.hub.domains.accounts.errors import (
    EmailTaken,
    LastAdministrator,
    PasswordTooWeak,
    RoleExceedsOwnPermissions,
    UserChanged,
    UserNotFound,
    WrongPassword,
)
from hub_sync.hub.domains.accounts.own_account.service import OwnAccount
from hub_sync.hub.domains.audit import service as audit
from hub_sync.hub.domains.tenants import service as tenants
from hub_sync.hub.kit.errors import HubError
from hub_sync.hub.kit.http.context import HubContext
from hub_sync.hub.kit.security.credential_bounds import UNBOUNDED, Bounds, ExceedsCreatorGrant
from hub_sync.hub.kit.security.permissions import Role
from tests.hub_sync.hub.domains.accounts.conftest import PASSWORD, People

EVERYTHING = UNBOUNDED
Changes = accounts.UserChanges


def change(hub: HubContext, people: People, user_id: str, changes: Changes, **more: object) -> accounts.User:
    permissions = more.pop("held", EVERYTHING)
    with hub.uow.begin(actor="user:root@example.org") as work:
        return accounts.update(work, people.tenant_id, user_id, changes, permissions, **more)  # type: ignore[arg-type]


def test_a_change_leaves_its_before_and_after_and_no_secret(hub: HubContext, people: People) -> None:
    user = change(hub, people, people.viewer, Changes(name="Vera V.", role=Role.OPERATOR), if_version=1)
    assert (user.name, user.role, user.version) == ("Vera V.", "OPERATOR", 2)
    with hub.uow.read() as work:
        entry = audit.entries_of(work, people.tenant_id, "user", people.viewer)[-1]
    assert (entry.actor, entry.action) == ("user:root@example.org", "update")
    assert entry.before == {"name": "Vera", "role": "VIEWER", "version": 1}
    assert entry.after == {"name": "Vera V.", "role": "OPERATOR", "version": 2}


def test_a_change_of_nothing_is_none(hub: HubContext, people: People) -> None:
    assert change(hub, people, people.viewer, Changes(name="Vera", active=True)).version == 1


@pytest.mark.both_databases
def test_of_two_changes_with_one_version_exactly_one_holds(hub: HubContext, people: People) -> None:
    def rename(name: str) -> Callable[[], object]:
        return lambda: change(hub, people, people.viewer, Changes(name=name), if_version=1)

    done, refusals = both_at_once(rename("One"), rename("Two"))
    assert len(done) == 1
    assert [type(refusal) for refusal in refusals] == [UserChanged]


@pytest.mark.parametrize("changes", [Changes(role=Role.VIEWER), Changes(active=False)])
def test_the_last_administrator_stays(hub: HubContext, people: People, changes: Changes) -> None:
    with hub.uow.begin() as work:  # an invitation that waits is nobody who could step in
        new = accounts.NewUser(email="new@example.org", role=Role.ADMIN)
        invited, _ = accounts.invite(work, people.tenant_id, new, EVERYTHING)
    with pytest.raises(LastAdministrator):
        change(hub, people, people.admin, changes)
    change(hub, people, invited.id, Changes(active=False))
    change(hub, people, people.operator, Changes(role=Role.ADMIN))
    change(hub, people, people.admin, changes)
    with pytest.raises(LastAdministrator):
        change(hub, people, people.operator, changes)


@pytest.mark.both_databases
def test_two_administrators_who_demote_each_other_at_once_leave_one(hub: HubContext, people: People) -> None:
    change(hub, people, people.operator, Changes(role=Role.ADMIN))
    done, refusals = both_at_once(
        lambda: change(hub, people, people.operator, Changes(role=Role.VIEWER)),
        lambda: change(hub, people, people.admin, Changes(active=False)),
    )
    assert len(done) == 1
    assert [type(refusal) for refusal in refusals] == [LastAdministrator]


@pytest.mark.both_databases
def test_two_invitations_of_one_address_at_once_make_one_account(hub: HubContext, people: People) -> None:
    def invite() -> object:
        with hub.uow.begin() as work:
            new = accounts.NewUser(email="new@example.org")
            return accounts.invite(work, people.tenant_id, new, EVERYTHING)

    done, refusals = both_at_once(invite, invite)
    assert len(done) == 1
    assert [type(refusal) for refusal in refusals] == [EmailTaken]


def both_at_once(*acts: Callable[[], object]) -> tuple[list[object], list[HubError]]:
    """Do these at the same time; what they gave and what they refused."""
    start, done, refusals = Barrier(len(acts)), [], []

    def run(act: Callable[[], object]) -> None:
        start.wait()
        try:
            done.append(act())
        except HubError as error:
            refusals.append(error)

    threads = [Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return done, refusals


def test_nobody_gives_or_takes_more_than_they_hold(hub: HubContext, people: People) -> None:
    permissions = Bounds(
        frozenset({"users:manage", "check-in:scan", "queues:read", "queues:serve", "workflows:decide"})
    )
    for whose, changes in (
        (people.operator, Changes(role=Role.ADMIN)),
        (people.operator, Changes(role=Role.VIEWER)),
        (people.admin, Changes(active=False)),
        (people.viewer, Changes(name="Not yours")),
    ):
        with pytest.raises(RoleExceedsOwnPermissions) as caught:
            change(hub, people, whose, changes, held=permissions)
        assert caught.value.status == 403
    change(hub, people, people.operator, Changes(name="Oscar O."), held=permissions)


def test_who_will_end_lets_nobody_back_in_who_would_not(hub: HubContext, people: People) -> None:
    ends = Bounds(frozenset({"*"}), expires_at=hub.clock.now() + timedelta(hours=1))
    change(hub, people, people.operator, Changes(active=False), held=ends)
    with pytest.raises(ExceedsCreatorGrant):
        change(hub, people, people.operator, Changes(active=True), held=ends)
    assert change(hub, people, people.operator, Changes(active=True)).active


def test_people_of_another_tenant_are_not_found(hub: HubContext, people: People) -> None:
    with hub.uow.begin() as work:
        other = tenants.create(work, hub.secret_box, slug="other", name="Other")
        for act in (
            lambda: accounts.get(work, other.id, people.viewer),
            lambda: accounts.update(work, other.id, people.viewer, Changes(active=False), EVERYTHING),
            lambda: accounts.create_link(work, other.id, people.viewer, EVERYTHING),
            lambda: accounts.reset_second_factor(work, other.id, people.viewer, EVERYTHING),
            lambda: accounts.by_email(work, other.id, "vera@example.org"),
        ):
            with pytest.raises(UserNotFound):
                act()


def test_the_own_password_is_changed_with_the_old_one_only(hub: HubContext, people: People) -> None:
    account = OwnAccount(hub, people.tenant_id, people.viewer)
    with pytest.raises(WrongPassword):
        account.change_password("not my password", "a better horse battery")
    with pytest.raises(PasswordTooWeak):
        account.change_password(PASSWORD, "short")
    account.change_password(PASSWORD, "a better horse battery")
    with hub.uow.read() as work:
        entry = audit.entries_of(work, people.tenant_id, "user", people.viewer)[-1]
    assert (entry.actor, entry.action, entry.after) == ("user:vera@example.org", "change-password", None)
