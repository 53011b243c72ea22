"""Pages under Settings, Users: accounts and their roles."""

from collections.abc import Sequence

from fastapi.responses import Response
from pydantic import BaseModel

from hub_sync.hub.console import N_, Page, PageCall, PageRouter, Question, _
from hub_sync.hub.console.i18n.isolation import isolated
from hub_sync.hub.domains import registry
from hub_sync.hub.domains.accounts.credentials import one_time_links
from hub_sync.hub.domains.accounts.errors import EmailTaken
from hub_sync.hub.domains.accounts.link_mails import can_mail, mail_link
from hub_sync.hub.domains.accounts.manifest import USERS_MANAGE
from hub_sync.hub.domains.accounts.roles import permissions_of
from hub_sync.hub.domains.accounts.schemas import NewUser, UserChanges
from hub_sync.hub.domains.accounts.sign_in import second_factor
from hub_sync.hub.domains.accounts.tables import TokenPurpose, User, UserStatus
from hub_sync.hub.domains.accounts.users import service
from hub_sync.hub.domains.accounts.users.dependents import DependentThing, things_of
from hub_sync.hub.domains.audit import service as audit
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.http.link_base import link_base
from hub_sync.hub.kit.security.permissions import Role
from hub_sync.hub.kit.text_types import Id, OptionalText

USERS = "/settings/users"
router = PageRouter()

ROLES: dict[Role, tuple[str, str]] = {
    Role.ADMIN: (N_("Administrator"), N_("Everything: events, stations, people, keys and settings.")),
    Role.OPERATOR: (N_("Operator"), N_("Scans tickets at the gates.")),
    Role.VIEWER: (
        N_("Viewer"),
        N_("Sees events, participants, stations and the access log; changes nothing."),
    ),
}
STATUSES: dict[UserStatus, tuple[str, str]] = {
    UserStatus.ACTIVE: (N_("Active"), "good"),
    UserStatus.INVITED: (N_("Invited"), "info"),
    UserStatus.DEACTIVATED: (N_("Deactivated"), "quiet"),
}


HISTORY_ENTRIES = 20
"""Number of entries in a user's history."""


class EditUserForm(BaseModel):
    """Form with a user's fields. `version` is the version that the form was filled from."""

    name: OptionalText = ""
    role: Role
    active: bool = False
    version: int


class LinkForm(BaseModel):
    """How a link gets to its user."""

    by_mail: bool = False


@router.get(USERS, permissions=USERS_MANAGE)
def list_users(page: PageCall) -> Response:
    """Render the list of users."""
    people = service.all_users(page.work, page.tenant_id)
    return page.render(
        "accounts/users.html",
        people=people,
        role_of=role_label,
        status_of=status_label,
    )


@router.get(f"{USERS}/new", permissions=USERS_MANAGE)
def new_user(page: PageCall) -> Response:
    """Render the form of an invitation."""
    return page.render("accounts/user_new.html", roles=role_choices())


@router.post(
    f"{USERS}/new", creates=True, permissions=USERS_MANAGE, on_error=new_user, beside={EmailTaken: "email"}
)
def invite_user(page: PageCall) -> Response:
    """Invite a user: by mail where the hub can send one, otherwise the link is shown once."""
    form = page.parse(NewUser)
    base = _base(page)
    with page.begin() as work:
        user, path = service.invite(work, page.tenant_id, form, page.caller.bounds)
        is_mailed = _mail(page, work, user, TokenPurpose.INVITATION, base + path)
    return _mailed(page, user) if is_mailed else _link(page, user, base + path)


@router.get(f"{USERS}/{{user_id}}", permissions=USERS_MANAGE)
def edit_user(page: PageCall, user_id: Id) -> Response:
    """Render the form of one user with their history."""
    with page.reading() as work:
        user = service.get(work, page.tenant_id, user_id)
        entries = audit.entries_of(work, page.tenant_id, "user", user_id, latest=HISTORY_ENTRIES)
        things = things_of(work, page.tenant_id, user_id)
    return page.render(
        "accounts/user_edit.html",
        person=user,
        roles=role_choices(),
        standing=status_label(user),
        things=things,
        values=_form_values(user),
        steps=audit.history(work, entries[::-1]),
    )


@router.post(f"{USERS}/{{user_id}}", permissions=USERS_MANAGE, on_error=edit_user)
def change_user(page: PageCall, user_id: Id) -> Response:
    """Change a user's name, role or status."""
    with page.begin() as work:
        user = service.get(work, page.tenant_id, user_id)
        audit.merge_form(page, work, "user", user, _form_values(user))
        form = page.parse(EditUserForm)
        _ask_first(page, work, user, form)
        changes = UserChanges(name=form.name or None, role=form.role, active=form.active)
        service.update(work, page.tenant_id, user_id, changes, page.caller.bounds, if_version=user.version)
    return page.redirect(USERS, say=_("The account is saved."))


@router.get(f"{USERS}/{{user_id}}/link", permissions=USERS_MANAGE)
def ask_link(page: PageCall, user_id: Id) -> Response:
    """Render the form that creates a link."""
    return _ask(page, user_id, "accounts/user_link_ask.html")


@router.post(f"{USERS}/{{user_id}}/link", creates=True, permissions=USERS_MANAGE, on_error=ask_link)
def make_link(page: PageCall, user_id: Id) -> Response:
    """Create a link with which the user sets a password; send it, or show it once."""
    base, form = _base(page), page.parse(LinkForm)
    with page.begin() as work:
        user, path = service.create_link(work, page.tenant_id, user_id, page.caller.bounds)
        purpose = TokenPurpose.PASSWORD_RESET if user.password_hash else TokenPurpose.INVITATION
        is_mailed = form.by_mail and _mail(page, work, user, purpose, base + path)
    return _mailed(page, user) if is_mailed else _link(page, user, base + path)


@router.get(f"{USERS}/{{user_id}}/second-factor", permissions=USERS_MANAGE)
def ask_reset_second_factor(page: PageCall, user_id: Id) -> Response:
    """Render the form that resets the second factor."""
    return _ask(page, user_id, "accounts/user_second_factor.html")


@router.post(f"{USERS}/{{user_id}}/second-factor", permissions=USERS_MANAGE, on_error=ask_reset_second_factor)
def reset_second_factor(page: PageCall, user_id: Id) -> Response:
    """Reset the second factor of a user who has lost it."""
    with page.begin() as work:
        second_factor.reset(work, page.tenant_id, user_id, page.caller.bounds)
    return page.redirect(
        f"{USERS}/{user_id}", say=_("The second factor is off. They sign in with the password alone.")
    )


def role_label(role: str) -> str:
    """Return a role's name in the page's language."""
    return _(ROLES[Role(role)][0]) if role in list(Role) else role


def role_choices() -> list[tuple[str, str, str]]:
    """Return the roles to choose from, each with its description."""
    return [(role.value, _(label), _(description)) for role, (label, description) in ROLES.items()]


def status_label(user: User) -> tuple[str, str]:
    """Return label and tone of a user's status."""
    label, tone = STATUSES[user.status]
    return _(label), tone


def _form_values(user: User) -> dict[str, object]:
    """Return the user as the initial values of their form."""
    return {"name": user.name, "role": user.role, "active": user.active}


def _ask_first(page: Page, work: Work, user: User, form: EditUserForm) -> None:
    """Ask before somebody loses the sign-in, or rights of their own or of their keys.

    Raises:
        ConfirmationNeeded: 409.
    """
    is_own, name = user.id == page.caller.id, isolated(user.name or user.email)
    if user.active and not form.active:
        keys = _sentence_about(
            _("These API keys are refused until an administrator takes them over: %(names)s."),
            things_of(work, user.tenant_id, user.id),
        )
        if is_own:
            sentences = (
                _("You are signed out at once, in every browser, and can't sign in any more."),
                _("Only another administrator can let you in again."),
                *keys,
            )
            title, label = _("Take the sign-in from yourself?"), _("Yes, take my sign-in")
            page.ask_first(Question("own-sign-in", title, sentences, label))
        else:
            sentences = (
                _("They are signed out at once, in every browser, and can't sign in any more."),
                *keys,
            )
            title = _("Take the sign-in from %(name)s?") % {"name": name}
            page.ask_first(Question("sign-in", title, sentences, _("Take the sign-in")))
    elif form.role.value != user.role:
        keys = _sentence_about(
            _("These API keys can do less from now on: %(names)s."), _limited_things(work, user, form.role)
        )
        if is_own:
            sentences = (
                _("Your own role changes from “%(before)s” to “%(after)s”, from your next page on.")
                % {"before": role_label(user.role), "after": role_label(form.role.value)},
                _("You can't undo this yourself: only an administrator can."),
                *keys,
            )
            title = _("Change your own role?")
            page.ask_first(Question("own-role", title, sentences, _("Yes, change my role")))
        elif keys:
            title = _("Change the role of %(name)s?") % {"name": name}
            page.ask_first(Question("role", title, keys, _("Change the role")))


def _limited_things(work: Work, user: User, role: Role) -> list[DependentThing]:
    """Return the things of a user that can do less once the user has another role."""
    before, after = (permissions_of(work, user.tenant_id, name) for name in (user.role, role.value))
    covers = registry().covers
    return [
        thing
        for thing in things_of(work, user.tenant_id, user.id)
        if any(covers(before, name) and not covers(after, name) for name in thing.permissions)
    ]


def _sentence_about(sentence: str, things: Sequence[DependentThing]) -> tuple[str, ...]:
    """Return a sentence that names the things; none without things."""
    names = ", ".join(isolated(thing.name) for thing in things)
    return (sentence % {"names": names},) if names else ()


def _ask(page: Page, user_id: str, template: str) -> Response:
    with page.reading() as work:
        person = service.get(work, page.tenant_id, user_id)
        may_mail = can_mail(work, page.tenant_id)
    return page.render(
        template, person=person, invited=person.status is UserStatus.INVITED, may_mail=may_mail
    )


def _base(page: Page) -> str:
    return link_base(page.hub.settings, page.request, page.hub.trusted_proxies)


def _mail(page: Page, work: Work, user: User, purpose: TokenPurpose, link: str) -> bool:
    expires_at = one_time_links.expires_at(work, purpose)
    return mail_link(work, user, purpose, link, expires_at, page.speech.language)


def _mailed(page: Page, user: User) -> Response:
    sentence = _("A mail with the link goes to %(email)s.") % {"email": isolated(user.email)}
    return page.redirect(f"{USERS}/{user.id}", say=sentence)


def _link(page: Page, user: User, link: str) -> Response:
    page.shows_secret = True
    return page.render(
        "accounts/user_link.html", person=user, link=link, invited=user.status is UserStatus.INVITED
    )
