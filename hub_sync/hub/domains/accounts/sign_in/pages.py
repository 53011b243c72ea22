"""The pages of whoever is not signed in yet: sign-in, second factor, and what links lead to."""

from urllib.parse import urlencode

from fastapi.responses import Response
from pydantic import BaseModel, Field

from hub_sync.hub.console import FormInvalid, Page, PageCall, PageRouter, _
from hub_sync.hub.domains.accounts.errors import PasswordTooWeak, SignInNeeded
from hub_sync.hub.domains.accounts.own_account.service import use_link
from hub_sync.hub.domains.accounts.sign_in import known_browsers, one_time_links
from hub_sync.hub.domains.accounts.sign_in.passwords import MIN_PASSWORD
from hub_sync.hub.domains.accounts.sign_in.service import NewSession, SignIn, SignInAttempt
from hub_sync.hub.domains.accounts.sign_in.sessions import Browser, lifetimes, pending_session
from hub_sync.hub.domains.accounts.tables import TokenPurpose
from hub_sync.hub.kit.db import tenant_lookup
from hub_sync.hub.kit.http.urls import safe_local_path
from hub_sync.hub.kit.security.client_address import SESSION_COOKIE, read_credentials

router = PageRouter()
SIGN_IN, CODE = "/sign-in", "/sign-in/code"


class SignInForm(BaseModel):
    """What the sign-in page sends. Nothing of it is checked before the door: every mistake is the same mistake."""

    email: str = ""
    password: str = ""
    organisation: str = ""
    next: str = ""


class CodeForm(BaseModel):
    """The second factor."""

    code: str = Field(min_length=1, max_length=64)
    next: str = ""


class NewPasswordForm(BaseModel):
    """A password that somebody chooses, twice."""

    password: str = Field(min_length=1, max_length=4096)
    again: str = ""
    name: str = Field(default="", max_length=200)

    def chosen(self) -> str:
        """The password, if it was typed alike twice.

        Raises:
            FormInvalid.
        """
        if self.password != self.again:
            raise FormInvalid({"again": _("This is not the same as above.")})
        return self.password


@router.get(SIGN_IN, public=True)
def show_sign_in(page: PageCall) -> Response:
    """E-mail address and password."""
    if page.signed_in and page.sent is None:
        return page.redirect(local_path(page.request.query_params.get("next", "")))
    with page.reading() as work:
        several = tenant_lookup.has_several_tenants(work)
    back = page.value("next", page.request.query_params.get("next", ""))
    return page.render("accounts/sign_in.html", several=several, next=local_path(back, ""))


@router.post(SIGN_IN, public=True, on_error=show_sign_in)
def sign_in(page: PageCall) -> Response:
    """Begin a session."""
    asked = page.parse(SignInForm)
    shown = SignInAttempt(asked.email, asked.password, asked.organisation.strip().lower())
    begun = SignIn(page.hub).authenticate(shown, browser_of(page))
    if begun.awaits_second_factor:
        back = local_path(asked.next, "")
        return with_session(
            page, page.redirect(CODE + (f"?{urlencode({'next': back})}" if back else "")), begun
        )
    return with_session(page, page.redirect(local_path(asked.next)), begun)


@router.get(CODE, public=True)
def show_code(page: PageCall) -> Response:
    """Six digits, or a recovery code."""
    if page.signed_in:
        return page.redirect(local_path(page.request.query_params.get("next", "")))
    try:
        with page.reading() as work:
            pending_session(work, page.request.cookies.get(SESSION_COOKIE, ""))
    except SignInNeeded:
        return page.redirect(SIGN_IN, say=_("That took too long. Sign in again."), tone="info")
    back = page.value("next", page.request.query_params.get("next", ""))
    return page.render("accounts/code.html", next=local_path(back, ""))


@router.post(CODE, public=True, on_error=show_code)
def check_code(page: PageCall) -> Response:
    """End the wait for the second factor."""
    asked = page.parse(CodeForm)
    token = page.request.cookies.get(SESSION_COOKIE, "")
    begun = SignIn(page.hub).verify_second_factor(token, asked.code, browser_of(page))
    return with_session(page, page.redirect(local_path(asked.next)), begun)


@router.post("/sign-out", permissions=())
def sign_out(page: PageCall) -> Response:
    """End this browser's session."""
    SignIn(page.hub).sign_out(page.request.cookies.get(SESSION_COOKIE, ""))
    answer = page.redirect(SIGN_IN, say=_("You are signed out."))
    answer.delete_cookie(SESSION_COOKIE, path="/")
    return answer


@router.get("/forgot", public=True)
def show_forgot(page: PageCall) -> Response:
    """What to do without the password. Asks for no address, and so tells nobody which ones there are."""
    return page.render("accounts/forgot.html")


@router.get("/invitation/{token}", public=True)
def show_invitation(page: PageCall, token: str) -> Response:
    """Choose a password, and have an account."""
    return _new_password(page, token, TokenPurpose.INVITATION)


@router.post(
    "/invitation/{token}", public=True, on_error=show_invitation, beside={PasswordTooWeak: "password"}
)
def accept_invitation(page: PageCall, token: str) -> Response:
    """Take the password."""
    asked = page.parse(NewPasswordForm)
    use_link(page.hub, token, TokenPurpose.INVITATION, asked.chosen(), asked.name.strip())
    return _on_to_sign_in(page, _("Your account is ready. Sign in with your new password."))


@router.get("/reset/{token}", public=True)
def show_reset(page: PageCall, token: str) -> Response:
    """Choose a new password."""
    return _new_password(page, token, TokenPurpose.PASSWORD_RESET)


@router.post("/reset/{token}", public=True, on_error=show_reset, beside={PasswordTooWeak: "password"})
def reset_password(page: PageCall, token: str) -> Response:
    """Take the new password."""
    asked = page.parse(NewPasswordForm)
    use_link(page.hub, token, TokenPurpose.PASSWORD_RESET, asked.chosen())
    return _on_to_sign_in(page, _("Your password is changed. Sign in with it."))


def _new_password(page: Page, token: str, purpose: TokenPurpose) -> Response:
    with page.reading() as work:
        user = one_time_links.user_of(work, token, purpose)
        organisation = tenant_lookup.find_tenant_name(work, user.tenant_id)
    return page.render(
        "accounts/new_password.html",
        email=user.email,
        name=user.name,
        organisation=organisation,
        invited=purpose is TokenPurpose.INVITATION,
        shortest=MIN_PASSWORD,
    )


def _on_to_sign_in(page: Page, said: str) -> Response:
    """Whoever was signed in with this browser is not any more: it may have been somebody else."""
    if page.signed_in:
        SignIn(page.hub).sign_out(page.request.cookies.get(SESSION_COOKIE, ""))
    answer = page.redirect(SIGN_IN, say=said)
    answer.delete_cookie(SESSION_COOKIE, path="/")
    return answer


def with_session(page: Page, answer: Response, begun: NewSession) -> Response:
    """The answer with the session's cookie; one that awaits a code ends with the browser."""
    longest = int(lifetimes(page.hub.settings).longest.total_seconds())
    max_age = None if begun.awaits_second_factor else longest
    page.set_cookie(answer, SESSION_COOKIE, begun.token, max_age=max_age)
    if begun.known:
        page.set_cookie(answer, known_browsers.COOKIE, begun.known, max_age=known_browsers.LASTS_S)
    return answer


def browser_of(page: Page) -> Browser:
    """Where somebody signs in from."""
    shown = read_credentials(page.request, page.hub.trusted_proxies)
    known = page.request.cookies.get(known_browsers.COOKIE, "")
    return Browser(shown.client_ip, page.request.headers.get("user-agent", ""), known)


def local_path(path: str, otherwise: str = "/") -> str:
    """Where to go on to after signing in: within the hub, and not to the sign-in again."""
    return otherwise if path.startswith(SIGN_IN) else safe_local_path(path, otherwise)
