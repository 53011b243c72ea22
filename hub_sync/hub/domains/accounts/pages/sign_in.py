"""Pages without a session: sign-in, second factor, invitation and password reset."""

from urllib.parse import urlencode

from fastapi.responses import Response
from pydantic import BaseModel, Field
from starlette.background import BackgroundTask

from hub_sync.hub.console import FormInvalid, Page, PageCall, PageRouter, _
from hub_sync.hub.domains.accounts.credentials import one_time_links
from hub_sync.hub.domains.accounts.credentials.passwords import MIN_PASSWORD
from hub_sync.hub.domains.accounts.credentials.reset_requests import count_request, send_link
from hub_sync.hub.domains.accounts.credentials.sessions import Browser, lifetimes, pending_session
from hub_sync.hub.domains.accounts.errors import PasswordTooWeak, SignInNeeded
from hub_sync.hub.domains.accounts.link_mails import can_mail
from hub_sync.hub.domains.accounts.own_account.service import use_link
from hub_sync.hub.domains.accounts.sign_in import known_browsers
from hub_sync.hub.domains.accounts.sign_in.service import NewSession, SignIn, SignInAttempt
from hub_sync.hub.domains.accounts.tables import TokenPurpose
from hub_sync.hub.kit.db import tenant_lookup
from hub_sync.hub.kit.http.link_base import link_base
from hub_sync.hub.kit.http.urls import safe_local_path
from hub_sync.hub.kit.security.client_address import SESSION_COOKIE, read_credentials

router = PageRouter()
SIGN_IN, CODE = "/sign-in", "/sign-in/code"


class SignInForm(BaseModel):
    """Form of the sign-in page. No field is validated, so that every mistake gets the same answer."""

    email: str = ""
    password: str = ""
    organisation: str = ""
    next: str = ""


class ForgotForm(BaseModel):
    """Form that asks for a link. What is no address gets the same answer."""

    email: str = Field(default="", max_length=320)
    organisation: str = Field(default="", max_length=200)


class SecondFactorForm(BaseModel):
    """Form with a code of the second factor."""

    code: str = Field(min_length=1, max_length=64)
    next: str = ""


class NewPasswordForm(BaseModel):
    """Form with a new password and its repetition."""

    password: str = Field(min_length=1, max_length=4096)
    again: str = ""
    name: str = Field(default="", max_length=200)

    def chosen(self) -> str:
        """Return the password, if both entries are equal.

        Raises:
            FormInvalid.
        """
        if self.password != self.again:
            raise FormInvalid({"again": _("This is not the same as above.")})
        return self.password


@router.get(SIGN_IN, public=True)
def show_sign_in(page: PageCall) -> Response:
    """Render the sign-in form."""
    if page.signed_in and page.sent is None:
        return page.redirect(local_path(page.request.query_params.get("next", "")))
    with page.reading() as work:
        several = tenant_lookup.has_several_tenants(work)
    back = page.value("next", page.request.query_params.get("next", ""))
    return page.render("accounts/sign_in.html", several=several, next=local_path(back, ""))


@router.post(SIGN_IN, public=True, on_error=show_sign_in)
def sign_in(page: PageCall) -> Response:
    """Start a session."""
    form = page.parse(SignInForm)
    attempt = SignInAttempt(form.email, form.password, form.organisation.strip().lower())
    session = SignIn(page.hub).authenticate(attempt, browser_of(page))
    if session.awaits_second_factor:
        path = _with_next(CODE, local_path(form.next, ""))
        return with_session(page, page.redirect(path), session)
    return with_session(page, page.redirect(local_path(form.next)), session)


@router.get(CODE, public=True)
def show_code(page: PageCall) -> Response:
    """Render the form for the second factor: six digits or a recovery code."""
    if page.signed_in:
        return page.redirect(local_path(page.request.query_params.get("next", "")))
    back = local_path(page.value("next", page.request.query_params.get("next", "")), "")
    try:
        with page.reading() as work:
            pending_session(work, page.request.cookies.get(SESSION_COOKIE, ""))
    except SignInNeeded:
        path = _with_next(SIGN_IN, back)
        return page.redirect(path, say=_("That took too long. Sign in again."), tone="info")
    return page.render("accounts/code.html", next=back)


@router.post(CODE, public=True, on_error=show_code)
def check_code(page: PageCall) -> Response:
    """Check the code and start the session."""
    form = page.parse(SecondFactorForm)
    token = page.request.cookies.get(SESSION_COOKIE, "")
    session = SignIn(page.hub).verify_second_factor(token, form.code, browser_of(page))
    return with_session(page, page.redirect(local_path(form.next)), session)


@router.post("/sign-out", permissions=())
def sign_out(page: PageCall) -> Response:
    """End this browser's session."""
    SignIn(page.hub).sign_out(page.request.cookies.get(SESSION_COOKIE, ""))
    response = page.redirect(SIGN_IN, say=_("You are signed out."))
    response.delete_cookie(SESSION_COOKIE, path="/")
    return response


@router.get("/forgot", public=True)
def show_forgot(page: PageCall) -> Response:
    """Render the form that asks for a link by mail, or the advice where the hub sends none."""
    with page.reading() as work:
        several = tenant_lookup.has_several_tenants(work)
        may_mail = any(can_mail(work, tenant_id) for tenant_id in tenant_lookup.all_tenant_ids(work))
    return page.render("accounts/forgot.html", several=several, may_mail=may_mail)


@router.post("/forgot", public=True, on_error=show_forgot)
def ask_for_reset(page: PageCall) -> Response:
    """Send a link if there is such an account. The answer is the same, and as quick: the account is looked for after it."""
    form = page.parse(ForgotForm)
    count_request(page.hub, browser_of(page).address)
    base = link_base(page.hub.settings, page.request, page.hub.trusted_proxies)
    sentence = _("If there is such an account, a mail with a link is on its way. Look into the mailbox.")
    response = page.redirect(SIGN_IN, say=sentence, tone="info")
    response.background = BackgroundTask(
        send_link, page.hub, form.email, form.organisation, base, page.speech.language
    )
    return response


@router.get("/invitation/{token}", public=True)
def show_invitation(page: PageCall, token: str) -> Response:
    """Render the form that accepts an invitation."""
    return _new_password(page, token, TokenPurpose.INVITATION)


@router.post(
    "/invitation/{token}", public=True, on_error=show_invitation, beside={PasswordTooWeak: "password"}
)
def accept_invitation(page: PageCall, token: str) -> Response:
    """Set the password and accept the invitation."""
    form = page.parse(NewPasswordForm)
    use_link(page.hub, token, TokenPurpose.INVITATION, form.chosen(), form.name.strip())
    return _redirect_to_sign_in(page, _("Your account is ready. Sign in with your new password."))


@router.get("/reset/{token}", public=True)
def show_reset(page: PageCall, token: str) -> Response:
    """Render the form that sets a new password."""
    return _new_password(page, token, TokenPurpose.PASSWORD_RESET)


@router.post("/reset/{token}", public=True, on_error=show_reset, beside={PasswordTooWeak: "password"})
def reset_password(page: PageCall, token: str) -> Response:
    """Set the new password."""
    form = page.parse(NewPasswordForm)
    use_link(page.hub, token, TokenPurpose.PASSWORD_RESET, form.chosen())
    return _redirect_to_sign_in(page, _("Your password was changed. Sign in with the new password."))


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


def _redirect_to_sign_in(page: Page, message: str) -> Response:
    """Redirect to the sign-in page and end this browser's session, which may belong to another user."""
    if page.signed_in:
        SignIn(page.hub).sign_out(page.request.cookies.get(SESSION_COOKIE, ""))
    response = page.redirect(SIGN_IN, say=message)
    response.delete_cookie(SESSION_COOKIE, path="/")
    return response


def with_session(page: Page, response: Response, session: NewSession) -> Response:
    """Set the session's cookie on the response; before the second factor it lasts until the browser closes."""
    longest = int(lifetimes(page.hub.settings).longest.total_seconds())
    max_age = None if session.awaits_second_factor else longest
    page.set_cookie(response, SESSION_COOKIE, session.token, max_age=max_age)
    if session.known:
        page.set_cookie(response, known_browsers.COOKIE, session.known, max_age=known_browsers.LIFETIME_S)
    return response


def browser_of(page: Page) -> Browser:
    """Return address, user agent and cookie of the visitor's browser."""
    credentials = read_credentials(page.request, page.hub.trusted_proxies)
    known = page.request.cookies.get(known_browsers.COOKIE, "")
    return Browser(credentials.client_ip, page.request.headers.get("user-agent", ""), known)


def _with_next(path: str, back: str) -> str:
    """Return the path with the path to continue with afterwards."""
    return path + (f"?{urlencode({'next': back})}" if back else "")


def local_path(path: str, otherwise: str = "/") -> str:
    """Return the local path to continue with after sign-in, never the sign-in page itself."""
    return otherwise if path.startswith(SIGN_IN) else safe_local_path(path, otherwise)
