"""Who may come in, what those hear who may not, and how often they may ask."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
import time_machine
from argon2 import PasswordHasher

from hub_sync.hub.domains.accounts import service as accounts
from hub_sync.hub.domains.accounts.credentials import passwords
from hub_sync.hub.domains.accounts.credentials.sessions import Browser
from hub_sync.hub.domains.accounts.errors import SignInBusy, TooManyAttempts, WrongCredentials
from hub_sync.hub.domains.accounts.sign_in.service import SignIn, SignInAttempt
from hub_sync.hub.domains.accounts.sign_in.throttle import PER_ACCOUNT, PER_ADDRESS, PER_PERSON_THERE
from hub_sync.hub.domains.audit import service as audit
from hub_sync.hub.domains.tenants import service as tenants
from hub_sync.hub.kit.http.context import HubContext
from hub_sync.hub.kit.security.credential_bounds import UNBOUNDED
from tests.hub_sync.hub.conftest import QUICK
from tests.hub_sync.hub.domains.accounts.conftest import HERE, PASSWORD, People

ADA = "ada@example.org"


def refused(sign_in: SignIn, email: str, password: str, organisation: str = "") -> tuple[str, int, str]:
    """What somebody hears who is not let in."""
    with pytest.raises(WrongCredentials) as caught:
        sign_in.authenticate(SignInAttempt(email, password, organisation), HERE)
    return caught.value.code, caught.value.status, caught.value.message


def test_the_right_password_begins_a_session_whatever_the_case_of_the_address(
    hub: HubContext, people: People, sign_in: SignIn
) -> None:
    begun = sign_in.authenticate(SignInAttempt(" Ada@Example.org ", PASSWORD), HERE)
    with hub.uow.read() as work:
        user = accounts.authenticate_session(work, begun.token)
        row = accounts.get(work, people.tenant_id, people.admin)
    assert (user.user_id, user.email, user.role) == (people.admin, ADA, "ADMIN")
    assert "users:manage" in user.permissions
    assert row.last_signed_in_at == hub.clock.now()


def test_a_copied_address_and_an_old_password_of_another_keyboard_sign_in(
    hub: HubContext, people: People, sign_in: SignIn
) -> None:
    typed, other = "scho\u0308ne gru\u0308ne Ga\u0308rten", "sch\u00f6ne gr\u00fcne G\u00e4rten"
    with hub.uow.begin() as work:
        user = accounts.get(work, people.tenant_id, people.admin)
        user.password_hash = passwords._hasher.hash(typed.encode())
    assert sign_in.authenticate(SignInAttempt("\u200eada@example.org\u200b", typed), HERE).token
    assert sign_in.authenticate(SignInAttempt(ADA, other), HERE).token, "the hash was replaced"


def test_unknown_wrong_deactivated_and_invited_are_answered_alike(
    hub: HubContext, people: People, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    permissions = UNBOUNDED
    with hub.uow.begin() as work:
        accounts.update(
            work, people.tenant_id, people.viewer, accounts.UserChanges(active=False), permissions
        )
        accounts.invite(work, people.tenant_id, accounts.NewUser(email="new@example.org"), permissions)
    checked = counting_checks(monkeypatch)
    answers = {
        refused(sign_in, ADA, "wrong horse battery"),
        refused(sign_in, "nobody@example.org", PASSWORD),
        refused(sign_in, "vera@example.org", PASSWORD),
        refused(sign_in, "new@example.org", PASSWORD),
        refused(sign_in, "new@example.org", ""),
        refused(sign_in, ADA, PASSWORD, "no-such-organisation"),
        refused(sign_in, "", ""),
        refused(sign_in, "\x00'; --", "\ud800"),
    }
    assert answers == {("WrongCredentials", 401, "E-mail address or password is wrong.")}
    assert len(checked) == 8, "everybody costs one argon2id, so that the time tells nothing either"
    assert len({stored.rpartition("$")[0].rpartition("$")[0] for stored in checked}) == 1, (
        "with the same figures"
    )


def counting_checks(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The hashes that passwords are checked against."""
    checked: list[str] = []

    class Counting(PasswordHasher):
        def verify(self, stored: Any, password: Any) -> Any:
            checked.append(str(stored))
            return super().verify(stored, password)

    monkeypatch.setattr(passwords, "_hasher", Counting(**QUICK))
    return checked


def test_with_several_organisations_one_must_be_named(
    hub: HubContext, people: People, sign_in: SignIn
) -> None:
    with hub.uow.begin() as work:
        other = tenants.create(work, hub.secret_box, slug="other", name="Other")
        accounts.create_user(work, other.id, ADA, "another horse battery")
    refused(sign_in, ADA, PASSWORD)
    refused(sign_in, ADA, PASSWORD, "other")
    for organisation, password, tenant_id in (
        ("acme", PASSWORD, people.tenant_id),
        ("other", "another horse battery", other.id),
    ):
        begun = sign_in.authenticate(SignInAttempt(ADA, password, organisation), HERE)
        with hub.uow.read() as work:
            assert accounts.authenticate_session(work, begun.token).tenant_id == tenant_id


def test_brute_force_is_throttled_and_the_right_password_waits_too(
    people: People, sign_in: SignIn, time_passes: time_machine.Traveller
) -> None:
    for n in range(PER_PERSON_THERE.tries):
        refused(sign_in, ADA, f"guess number {n}")
    with pytest.raises(TooManyAttempts) as caught:
        sign_in.authenticate(SignInAttempt(ADA, PASSWORD), HERE)
    assert (caught.value.status, caught.value.parameters) == (429, {"wait": "60 s", "retry_after_s": 60})
    assert caught.value.message == "Too many attempts. Try again in 60 s."
    sign_in.authenticate(
        SignInAttempt("vera@example.org", PASSWORD), HERE
    )  # a colleague beside is not held up
    sign_in.authenticate(SignInAttempt(ADA, PASSWORD), Browser("198.51.100.7"))  # nor is she, elsewhere
    time_passes.shift(61)
    sign_in.authenticate(SignInAttempt(ADA, PASSWORD), HERE)


def test_one_account_is_not_guessed_from_many_addresses(
    people: People, sign_in: SignIn, time_passes: time_machine.Traveller
) -> None:
    for n in range(PER_ACCOUNT.tries):
        with pytest.raises(WrongCredentials):
            sign_in.authenticate(SignInAttempt(ADA, "guess"), Browser(f"198.51.100.{n}"))
    with pytest.raises(TooManyAttempts, match="Try again in 15 minutes"):
        sign_in.authenticate(SignInAttempt(ADA, PASSWORD), Browser("198.51.100.250"))
    time_passes.shift(15 * 60 + 1)
    sign_in.authenticate(SignInAttempt(ADA, PASSWORD), Browser("198.51.100.250"))


@pytest.mark.parametrize(
    "address", [lambda n: "203.0.113.9", lambda n: f"2001:db8::{n:x}", lambda n: "::ffff:203.0.113.9"]
)
def test_one_address_does_not_guess_many_accounts(
    people: People, sign_in: SignIn, time_passes: time_machine.Traveller, address: Callable[[int], str]
) -> None:
    for n in range(PER_ADDRESS.tries):
        with pytest.raises(WrongCredentials):
            sign_in.authenticate(SignInAttempt(f"{n}@example.org", "guess"), Browser(address(n)))
    with pytest.raises(TooManyAttempts):
        sign_in.authenticate(SignInAttempt(ADA, PASSWORD), Browser(address(999)))


def test_sign_ins_and_failures_are_written_down_without_what_was_typed(
    hub: HubContext, people: People, sign_in: SignIn, time_passes: time_machine.Traveller
) -> None:
    refused(sign_in, ADA, "my secret guess")
    refused(sign_in, "stranger@example.org", "my secret guess")
    begun = sign_in.authenticate(SignInAttempt(ADA, PASSWORD), HERE)
    sign_in.sign_out(begun.token)
    sign_in.sign_out(begun.token)
    with hub.uow.read() as work:
        hers = audit.entries_of(work, people.tenant_id, "user", people.admin)
        strangers = audit.entries_of(work, people.tenant_id, "user", "unknown")
        actions = sorted((item.action, item.actor) for item in hers)
    assert actions == [
        ("create", "system"),
        ("sign-in", f"user:{ADA}"),
        ("sign-in-failed", "anonymous"),
        ("sign-out", f"user:{ADA}"),
    ]
    assert [stranger.after for stranger in strangers] == [{"address": "203.0.113.9", "at": "password"}]
    failed = next(her.after for her in hers if her.action == "sign-in-failed")
    assert failed == {"address": "203.0.113.9", "at": "password", "email": ADA}


def test_a_flood_of_failures_does_not_fill_the_audit(
    hub: HubContext, people: People, sign_in: SignIn, time_passes: time_machine.Traveller
) -> None:
    for n in range(70):
        with pytest.raises(WrongCredentials):
            sign_in.authenticate(SignInAttempt(f"{n}@example.org", "guess"), Browser(f"198.51.100.{n}"))
    with hub.uow.read() as work:
        assert len(audit.entries_of(work, people.tenant_id, "user", "unknown")) == 60


def test_a_hash_of_older_figures_is_made_anew_at_sign_in(
    hub: HubContext, people: People, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(passwords, "_hasher", PasswordHasher(**(QUICK | {"time_cost": 2})))
    sign_in.authenticate(SignInAttempt(ADA, PASSWORD), HERE)
    with hub.uow.read() as work:
        user = accounts.get(work, people.tenant_id, people.admin)
    assert ",t=2," in user.password_hash
    assert accounts.password_matches(user, PASSWORD)


def test_so_many_passwords_are_checked_at_once_and_no_more(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    going, most, lock, go_on = [0], [0], threading.Lock(), threading.Event()

    class Slow(PasswordHasher):
        def verify(self, stored: Any, password: Any) -> Any:
            with lock:
                going[0] += 1
                most[0] = max(most[0], going[0])
            go_on.wait(5)
            with lock:
                going[0] -= 1
            return True

    monkeypatch.setattr(passwords, "_hasher", Slow(**QUICK))
    monkeypatch.setattr(passwords, "WAIT_S", 0.05)
    stored = PasswordHasher(**QUICK).hash("x")
    refusals: list[bool] = []

    def check() -> None:
        try:
            passwords.verify_password(stored, "x")
        except SignInBusy:
            refusals.append(True)

    flood = [threading.Thread(target=check) for _ in range(passwords.MAX_CONCURRENT + 3)]
    for item in flood:
        item.start()
    for item in flood:
        item.join(0.5)
        if len(refusals) == 3:
            go_on.set()
    go_on.set()
    for item in flood:
        item.join()
    assert (most[0], len(refusals)) == (passwords.MAX_CONCURRENT, 3)
