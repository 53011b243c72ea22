"""The second factor: set up with a code, asked for after the password, each code good once."""

from datetime import timedelta
from threading import Barrier, Thread

import pyotp
import pytest
import time_machine
from sqlalchemy import text

from hub_sync.contract.clock import ManualClock
from hub_sync.hub.domains.accounts import service as accounts
from hub_sync.hub.domains.accounts.errors import (
    RoleExceedsOwnPermissions,
    SecondFactorIsOff,
    SecondFactorIsOn,
    SignInNeeded,
    TooManyAttempts,
    WrongCode,
    WrongPassword,
)
from hub_sync.hub.domains.accounts.own_account.service import OwnAccount
from hub_sync.hub.domains.accounts.sign_in import second_factor
from hub_sync.hub.domains.accounts.sign_in.service import NewSession, SignIn, SignInAttempt
from hub_sync.hub.domains.audit import service as audit
from hub_sync.hub.kit.http.context import HubContext
from hub_sync.hub.kit.security.credential_bounds import UNBOUNDED, Bounds
from hub_sync.hub.kit.security.encryption import SecretUnusable
from tests.hub_sync.hub.domains.accounts.conftest import HERE, PASSWORD, People, session_of

pytestmark = pytest.mark.usefixtures("time_passes")


class Phone:
    """An authenticator that knows ada's secret."""

    def __init__(self, hub: HubContext, people: People) -> None:
        self.account = OwnAccount(hub, people.tenant_id, people.admin)
        self.account.begin_second_factor(PASSWORD)
        with hub.uow.read() as work:
            user = accounts.get(work, people.tenant_id, people.admin)
            self.secret = second_factor.pending_secret(hub.secret_box, user)
        self._clock = hub.clock
        self.recovery_codes = self.account.confirm_second_factor(self.code())

    def code(self, steps: int = 0) -> str:
        """What it shows now, or so many steps of 30 s from now."""
        return pyotp.TOTP(self.secret).at(self._clock.now() + timedelta(seconds=30 * steps))


@pytest.fixture
def phone(hub: HubContext, people: People, clock: ManualClock, time_passes: time_machine.Traveller) -> Phone:
    """ada's phone, set up a while ago."""
    phone = Phone(hub, people)
    clock.advance(timedelta(minutes=5))
    time_passes.shift(300)
    return phone


def begin(sign_in: SignIn) -> NewSession:
    """Sign in as ada, as far as the password leads."""
    return sign_in.authenticate(SignInAttempt("ada@example.org", PASSWORD), HERE)


ARABIC = str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")


def test_a_code_is_typed_in_the_digits_of_any_keyboard(
    phone: Phone, sign_in: SignIn, clock: ManualClock, time_passes: time_machine.Traveller
) -> None:
    recovery = phone.recovery_codes[0].lower().replace("-", "\u2011").translate(ARABIC)
    for typed in (
        phone.code().translate(ARABIC),
        f"\u200e{phone.code(1)[:3]}\u00a0{phone.code(1)[3:]}",
        recovery,
    ):
        assert sign_in.verify_second_factor(begin(sign_in).token, typed, HERE).token
    clock.advance(timedelta(minutes=5))
    time_passes.shift(300)
    phone.account.switch_second_factor_off(PASSWORD, phone.code().translate(ARABIC))
    phone.account.begin_second_factor(PASSWORD)


def test_a_second_factor_is_set_up_with_the_digits_of_any_keyboard(hub: HubContext, people: People) -> None:
    account = OwnAccount(hub, people.tenant_id, people.admin)
    account.begin_second_factor(PASSWORD)
    with hub.uow.read() as work:
        secret = second_factor.pending_secret(
            hub.secret_box, accounts.get(work, people.tenant_id, people.admin)
        )
    code = pyotp.TOTP(secret).at(hub.clock.now())
    assert account.confirm_second_factor(code.translate(ARABIC))


def test_after_the_password_nobody_is_in_until_the_code_was_shown(
    hub: HubContext, people: People, phone: Phone, sign_in: SignIn
) -> None:
    begun = begin(sign_in)
    assert begun.awaits_second_factor
    with hub.uow.read() as work, pytest.raises(SignInNeeded):
        accounts.authenticate_session(work, begun.token)
    done = sign_in.verify_second_factor(begun.token, phone.code(), HERE)
    assert done.token != begun.token, "a token that was about before is not the session's"
    with hub.uow.read() as work:
        assert accounts.authenticate_session(work, done.token).user_id == people.admin
        with pytest.raises(SignInNeeded):
            accounts.authenticate_session(work, begun.token)
    with pytest.raises(SignInNeeded):
        sign_in.verify_second_factor(begun.token, phone.code(1), HERE)


def test_a_sign_in_is_written_down_once_the_second_factor_was_shown(
    hub: HubContext, people: People, phone: Phone, sign_in: SignIn
) -> None:
    begun = begin(sign_in)
    with pytest.raises(WrongCode):
        sign_in.verify_second_factor(begun.token, "000000", HERE)
    sign_in.verify_second_factor(begun.token, phone.code(), HERE)
    with hub.uow.read() as work:
        entries = audit.entries_of(work, people.tenant_id, "user", people.admin)
    assert [(entry.action, entry.actor) for entry in entries[-2:]] == [
        ("sign-in-failed", "anonymous"),
        ("sign-in", "user:ada@example.org"),
    ]
    assert entries[-2].after == {
        "address": HERE.address,
        "at": "second factor",
        "email": "ada@example.org",
    }


def test_a_step_before_or_after_is_taken_and_no_more(
    phone: Phone, sign_in: SignIn, clock: ManualClock, time_passes: time_machine.Traveller
) -> None:
    for steps in (-2, 2):
        with pytest.raises(WrongCode):
            sign_in.verify_second_factor(begin(sign_in).token, phone.code(steps), HERE)
    for steps in (-1, 0, 1):
        code = phone.code(steps)
        sign_in.verify_second_factor(begin(sign_in).token, f" {code[:3]} {code[3:]} ", HERE)
        clock.advance(timedelta(minutes=5))
        time_passes.shift(300)


def test_no_code_works_twice(phone: Phone, sign_in: SignIn, clock: ManualClock) -> None:
    code = phone.code()
    sign_in.verify_second_factor(begin(sign_in).token, code, HERE)
    again = begin(sign_in)
    for used in (code, phone.code(-1)):
        with pytest.raises(WrongCode):
            sign_in.verify_second_factor(again.token, used, HERE)
    clock.advance(timedelta(seconds=30))
    sign_in.verify_second_factor(again.token, phone.code(), HERE)


@pytest.mark.both_databases
def test_of_two_that_show_one_code_at_once_one_comes_in(
    phone: Phone, sign_in: SignIn, people: People
) -> None:
    tokens = [begin(sign_in).token for _ in range(2)]
    code, start, ins, outs = phone.code(), Barrier(2), [], []

    def show(token: str) -> None:
        start.wait()
        try:
            ins.append(sign_in.verify_second_factor(token, code, HERE))
        except WrongCode:
            outs.append(token)

    threads = [Thread(target=show, args=(token,)) for token in tokens]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(ins), len(outs)) == (1, 1)


def test_each_recovery_code_lets_in_once(
    hub: HubContext, people: People, phone: Phone, sign_in: SignIn
) -> None:
    assert len(set(phone.recovery_codes)) == 10
    first = phone.recovery_codes[0]
    sign_in.verify_second_factor(begin(sign_in).token, first.lower().replace("-", " "), HERE)
    again = begin(sign_in)
    with pytest.raises(WrongCode):
        sign_in.verify_second_factor(again.token, first, HERE)
    sign_in.verify_second_factor(again.token, phone.recovery_codes[1], HERE)
    with hub.uow.read() as work:
        row = work.session.execute(text("SELECT * FROM users WHERE email = 'ada@example.org'")).mappings()
        stored = str(dict(row.one()))
        entry = audit.entries_of(work, people.tenant_id, "user", people.admin)
    assert not any(code in stored or code.replace("-", "") in stored for code in phone.recovery_codes)
    assert phone.secret not in stored
    assert [item.after for item in entry if item.action == "use-recovery-code"] == [{"left": 9}, {"left": 8}]


def test_guessing_codes_is_throttled_and_the_right_one_waits_too(
    phone: Phone, sign_in: SignIn, clock: ManualClock, time_passes: time_machine.Traveller
) -> None:
    begun = begin(sign_in)
    for n in range(5):
        with pytest.raises(WrongCode):
            sign_in.verify_second_factor(begun.token, f"00000{n}", HERE)
    with pytest.raises(TooManyAttempts):
        sign_in.verify_second_factor(begun.token, phone.code(), HERE)
    time_passes.shift(61)
    sign_in.verify_second_factor(begun.token, phone.code(), HERE)


def test_the_wait_for_a_code_is_over_after_ten_minutes(
    phone: Phone, sign_in: SignIn, clock: ManualClock
) -> None:
    begun = begin(sign_in)
    clock.advance(timedelta(minutes=10))
    with pytest.raises(SignInNeeded):
        sign_in.verify_second_factor(begun.token, phone.code(), HERE)


def test_a_secret_counts_only_once_a_code_of_it_was_shown(
    hub: HubContext, people: People, sign_in: SignIn
) -> None:
    account = OwnAccount(hub, people.tenant_id, people.admin)
    with pytest.raises(WrongPassword):
        account.begin_second_factor("not my password")
    with pytest.raises(SecondFactorIsOff):
        account.confirm_second_factor("123456")
    account.begin_second_factor(PASSWORD)
    with pytest.raises(WrongCode):
        account.confirm_second_factor("000000")
    assert not begin(sign_in).awaits_second_factor


def test_a_secret_is_bound_to_its_owner_and_not_shown_once_it_counts(
    hub: HubContext, people: People, phone: Phone
) -> None:
    with pytest.raises(SecondFactorIsOn):
        phone.account.begin_second_factor(PASSWORD)
    with hub.uow.begin() as work:
        ada = accounts.get(work, people.tenant_id, people.admin)
        vera = accounts.get(work, people.tenant_id, people.viewer)
        with pytest.raises(SecondFactorIsOn):
            second_factor.pending_secret(hub.secret_box, ada)
        vera.totp_sealed, vera.totp_confirmed_at = ada.totp_sealed, ada.totp_confirmed_at
        work.session.flush()
        with pytest.raises(SecretUnusable):
            second_factor.verify_code(work, hub.secret_box, vera, phone.code())


def test_it_is_switched_off_with_password_and_code_only(
    phone: Phone, sign_in: SignIn, clock: ManualClock
) -> None:
    with pytest.raises(WrongPassword):
        phone.account.switch_second_factor_off("not my password", phone.code())
    with pytest.raises(WrongCode):
        phone.account.switch_second_factor_off(PASSWORD, "000000")
    assert begin(sign_in).awaits_second_factor
    phone.account.switch_second_factor_off(PASSWORD, phone.code())
    assert not begin(sign_in).awaits_second_factor


def test_new_recovery_codes_void_the_old(phone: Phone, sign_in: SignIn) -> None:
    fresh = phone.account.new_recovery_codes(PASSWORD, phone.code())
    begun = begin(sign_in)
    with pytest.raises(WrongCode):
        sign_in.verify_second_factor(begun.token, phone.recovery_codes[0], HERE)
    sign_in.verify_second_factor(begun.token, fresh[0], HERE)


def test_an_administrator_takes_it_off_who_lost_it_and_signs_them_out(
    hub: HubContext, people: People, phone: Phone, sign_in: SignIn
) -> None:
    token = session_of(hub, people, people.admin)
    with hub.uow.begin() as work, pytest.raises(RoleExceedsOwnPermissions):
        accounts.reset_second_factor(
            work, people.tenant_id, people.admin, Bounds(frozenset({"users:manage"}))
        )
    with hub.uow.begin(actor="user:root@example.org") as work:
        accounts.reset_second_factor(work, people.tenant_id, people.admin, UNBOUNDED)
        with pytest.raises(SecondFactorIsOff):
            accounts.reset_second_factor(work, people.tenant_id, people.admin, UNBOUNDED)
    with hub.uow.read() as work:
        last = audit.entries_of(work, people.tenant_id, "user", people.admin)[-1]
        with pytest.raises(SignInNeeded):
            accounts.authenticate_session(work, token)
    assert (last.actor, last.action) == ("user:root@example.org", "reset-second-factor")
    assert not begin(sign_in).awaits_second_factor


def test_the_qr_code_says_what_authenticators_read(hub: HubContext, people: People) -> None:
    with hub.uow.read() as work:
        user = accounts.get(work, people.tenant_id, people.admin)
    address = second_factor.otpauth_url("JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP", user, "Doorward Acme & Söhne")
    read = pyotp.parse_uri(address)
    assert (read.name, read.issuer) == ("ada@example.org", "Doorward Acme & Söhne")
    assert isinstance(read, pyotp.TOTP)
    drawn = second_factor.qr_code_svg(address)
    assert drawn.startswith("<svg")
    assert "style" not in drawn
