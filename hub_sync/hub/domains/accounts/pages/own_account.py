"""Pages of the own account: name and language, password, second factor and sessions."""

from fastapi.responses import Response
from markupsafe import Markup
from pydantic import BaseModel, Field

from hub_sync.hub.console import LANGUAGES, FormInvalid, Page, PageCall, PageRouter, _
from hub_sync.hub.domains.accounts.credentials.passwords import MIN_PASSWORD
from hub_sync.hub.domains.accounts.credentials.sessions import sessions_of
from hub_sync.hub.domains.accounts.errors import PasswordTooWeak, WrongCode, WrongPassword
from hub_sync.hub.domains.accounts.own_account.service import OwnAccount
from hub_sync.hub.domains.accounts.pages.sign_in import NewPasswordForm
from hub_sync.hub.domains.accounts.sign_in import second_factor
from hub_sync.hub.domains.accounts.tables import User
from hub_sync.hub.domains.accounts.users import service
from hub_sync.hub.domains.audit import service as audit
from hub_sync.hub.kit.db import tenant_lookup
from hub_sync.hub.kit.text_types import Id, OptionalText

router = PageRouter()
ACCOUNT = "/account"
FACTOR = f"{ACCOUNT}/second-factor"
_BESIDE = {WrongPassword: "password", WrongCode: "code", PasswordTooWeak: "password"}


class ProfileForm(BaseModel):
    """Form with name and language of the user."""

    name: OptionalText = ""
    language: str = ""


class ChangePasswordForm(NewPasswordForm):
    """Form with the old password and a new one."""

    old: str = Field(min_length=1, max_length=4096)


class ProofForm(BaseModel):
    """Form that confirms an action with the password."""

    password: str = Field(min_length=1, max_length=4096)


class ConfirmationCodeForm(BaseModel):
    """Form with a code of the authenticator."""

    code: str = Field(min_length=1, max_length=64)


class BothForm(ProofForm, ConfirmationCodeForm):
    """Form with password and code."""


@router.get(ACCOUNT, permissions=())
def show_account(page: PageCall) -> Response:
    """Render the overview of the own account."""
    with page.reading() as work:
        user = service.get(work, page.tenant_id, page.caller.id)
        sessions = sessions_of(work, page.tenant_id, user.id)
    return page.render(
        "accounts/account.html",
        me=user,
        values=_profile_values(user),
        codes_left=len(user.recovery_hashes),
        sessions=sessions,
        browser=browser_name,
        spoken=[("", _("As the browser asks")), *LANGUAGES.items()],
    )


@router.post(ACCOUNT, permissions=(), on_error=show_account)
def change_profile(page: PageCall) -> Response:
    """Save name and language."""
    with page.hub.uow.read() as work:
        user = service.get(work, page.tenant_id, page.caller.id)
        entries = audit.entries_of(work, page.tenant_id, "user", user.id, latest=20)
        page.merge(_profile_values(user), audit.history(work, entries))
    form = page.parse(ProfileForm)
    if form.language and form.language not in LANGUAGES:
        raise FormInvalid({"language": _("Choose one of the list.")})
    own_account_of(page).change_profile(form.name, form.language)
    return page.redirect(ACCOUNT, say=_("Your settings are saved."))


@router.get(f"{ACCOUNT}/password", permissions=())
def show_password(page: PageCall) -> Response:
    """Render the form for a new password."""
    with page.reading() as work:
        user = service.get(work, page.tenant_id, page.caller.id)
    return page.render("accounts/password.html", me=user, shortest=MIN_PASSWORD)


@router.post(
    f"{ACCOUNT}/password",
    permissions=(),
    on_error=show_password,
    beside={WrongPassword: "old", PasswordTooWeak: "password"},
)
def change_password(page: PageCall) -> Response:
    """Save the new password; other browsers are signed out."""
    form = page.parse(ChangePasswordForm)
    own_account_of(page).change_password(form.old, form.chosen(), page.caller.session_id)
    return page.redirect(ACCOUNT, say=_("Your password was changed. Other browsers are signed out."))


@router.get(FACTOR, permissions=())
def show_second_factor(page: PageCall) -> Response:
    """Render the start of the set-up of a second factor."""
    return page.render("accounts/factor_begin.html")


@router.post(FACTOR, creates=True, permissions=(), on_error=show_second_factor, beside=_BESIDE)
def begin_second_factor(page: PageCall) -> Response:
    """Create a secret for the authenticator."""
    own_account_of(page).begin_second_factor(page.parse(ProofForm).password)
    return page.redirect(f"{FACTOR}/confirm")


@router.get(f"{FACTOR}/confirm", permissions=())
def show_confirm(page: PageCall) -> Response:
    """Render the secret as a QR code and as text, until a code of it was entered."""
    with page.reading() as work:
        user = service.get(work, page.tenant_id, page.caller.id)
        issuer = tenant_lookup.find_tenant_name(work, page.tenant_id)
    secret = second_factor.pending_secret(page.hub.secret_box, user)
    address = second_factor.otpauth_url(secret, user, f"Doorward {issuer}")
    spaced = " ".join(secret[at : at + 4] for at in range(0, len(secret), 4))
    # segno draws it as paths; there is no user input in the markup.
    qr_code = Markup(second_factor.qr_code_svg(address))  # noqa: S704
    page.shows_secret = True
    return page.render("accounts/factor_confirm.html", qr_code=qr_code, secret=spaced, address=address)


@router.post(f"{FACTOR}/confirm", creates=True, permissions=(), on_error=show_confirm, beside=_BESIDE)
def confirm_second_factor(page: PageCall) -> Response:
    """Switch the second factor on and show the recovery codes once."""
    codes = own_account_of(page).confirm_second_factor(page.parse(ConfirmationCodeForm).code)
    page.shows_secret = True
    return page.render("accounts/recovery_codes.html", codes=codes, fresh=True)


@router.get(f"{FACTOR}/off", permissions=())
def show_off(page: PageCall) -> Response:
    """Render the form that switches the second factor off."""
    return page.render("accounts/factor_off.html")


@router.post(f"{FACTOR}/off", creates=True, permissions=(), on_error=show_off, beside=_BESIDE)
def switch_off(page: PageCall) -> Response:
    """Switch the second factor off."""
    form = page.parse(BothForm)
    own_account_of(page).switch_second_factor_off(form.password, form.code)
    return page.redirect(ACCOUNT, say=_("The second factor is off."))


@router.get(f"{ACCOUNT}/recovery-codes", permissions=())
def show_recovery_codes(page: PageCall) -> Response:
    """Render the form that creates new recovery codes."""
    return page.render("accounts/recovery_ask.html")


@router.post(
    f"{ACCOUNT}/recovery-codes", creates=True, permissions=(), on_error=show_recovery_codes, beside=_BESIDE
)
def make_recovery_codes(page: PageCall) -> Response:
    """Create new recovery codes and show them once."""
    form = page.parse(BothForm)
    codes = own_account_of(page).new_recovery_codes(form.password, form.code)
    page.shows_secret = True
    return page.render("accounts/recovery_codes.html", codes=codes, fresh=False)


@router.post(f"{ACCOUNT}/sessions/{{session_id}}/end", permissions=())
def end_session(page: PageCall, session_id: Id) -> Response:
    """Sign out another browser."""
    own_account_of(page).end_session(session_id)
    return page.redirect(ACCOUNT, say=_("That browser is signed out."))


def _profile_values(user: User) -> dict[str, object]:
    """Return the user's own settings as the initial values of their form."""
    return {"name": user.name, "language": user.language}


def own_account_of(page: Page) -> OwnAccount:
    """Return the account of the page's visitor."""
    return OwnAccount(page.hub, page.tenant_id, page.caller.id, page.begin)


_BROWSERS = (
    ("Edg/", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
_SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
)


def browser_name(user_agent: str) -> str:
    """Return a browser's name as people know it, for them to recognise the session.

    >>> browser_name("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0 Safari/537.36")
    'Chrome, Linux'
    """
    names = [
        next((name for mark, name in table if mark in user_agent), "") for table in (_BROWSERS, _SYSTEMS)
    ]
    return ", ".join(name for name in names if name) or user_agent.split("/", maxsplit=1)[0][:40]
