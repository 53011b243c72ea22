"""Pages of API keys: list, create, change, rotate and revoke them."""

from collections.abc import Callable, Mapping
from typing import Annotated, Any

from fastapi import Depends
from fastapi.responses import Response
from sqlalchemy import select

from hub_sync.contract.enums import ApiKeyStatus, RateLimitTier
from hub_sync.hub.console import Page, PageCall, PageRouter, _, ngettext
from hub_sync.hub.console.i18n.formats import number
from hub_sync.hub.console.i18n.isolation import isolated
from hub_sync.hub.console.local_times import ChooseHour, ask_which_hour
from hub_sync.hub.console.one_time_secrets import OneTimeSecrets
from hub_sync.hub.domains import registry
from hub_sync.hub.domains.accounts import service as accounts
from hub_sync.hub.domains.api_keys import labels, service
from hub_sync.hub.domains.api_keys.errors import (
    ApiKeyChanged,
    ApiKeyNotActive,
    ExpiryInThePast,
    RateLimitMismatch,
)
from hub_sync.hub.domains.api_keys.forms import EditKeyForm, KeyForm, RotateForm, filled_from
from hub_sync.hub.domains.api_keys.key_ownership import MakerResponse, makers_of
from hub_sync.hub.domains.api_keys.key_validity import is_valid
from hub_sync.hub.domains.api_keys.lists import KEYS
from hub_sync.hub.domains.api_keys.manifest import API_KEYS_MANAGE
from hub_sync.hub.domains.api_keys.rate_limit_tiers import CALLS_PER_MINUTE
from hub_sync.hub.domains.api_keys.tables import ApiKey
from hub_sync.hub.domains.audit import service as audit
from hub_sync.hub.domains.feature_flags import service as feature_flags
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.lists.result_pages import ListQuery
from hub_sync.hub.kit.security.credential_bounds import (
    ExceedsCreatorGrant,
    OutlivesCreator,
    OutpacesCreator,
    PermissionNotHeld,
)
from hub_sync.hub.kit.security.feature_flag import FF_REST_API
from hub_sync.hub.kit.text_types import Id

FLAG = FF_REST_API
HERE = "/settings/api-keys"
_SHOWN_ONCE = OneTimeSecrets("doorward_new_key", "new key", HERE)
_BESIDE = {
    PermissionNotHeld: "permissions",
    OutlivesCreator: "expires_at",
    OutpacesCreator: "rate_limit",
    ExceedsCreatorGrant: "addresses",
    ExpiryInThePast: "expires_at",
    RateLimitMismatch: "rate_limit",
    ApiKeyNotActive: "",
    ApiKeyChanged: "",
}
_EMPTY = {
    "name": "",
    "permissions": (),
    "tier": "STANDARD",
    "rate_limit": "",
    "addresses": "",
    "expires_at": "",
}

router = PageRouter()


@router.get(HERE, permissions=API_KEYS_MANAGE, flag=FLAG)
def list_keys(page: PageCall, query: Annotated[ListQuery, Depends(KEYS.parse_console_query)]) -> Response:
    """List all keys."""
    chosen = select(ApiKey).where(ApiKey.tenant_id == page.tenant_id)
    keys = KEYS.page(page.work, chosen, query, page.tenant_id)
    makers = makers_of(page.work, page.tenant_id, keys.rows)
    return page.render(
        "api_keys/list.html", found=keys, words=labels, status_of=_status_in(page, makers), calls_of=_calls_of
    )


@router.get(HERE + "/new", permissions=API_KEYS_MANAGE, flag=FLAG)
def new_key(page: PageCall) -> Response:
    """Show the form of a new key."""
    return _form(page, "api_keys/new.html", _EMPTY)


@router.post(
    HERE + "/new", creates=True, permissions=API_KEYS_MANAGE, flag=FLAG, on_error=new_key, beside=_BESIDE
)
def create_key(page: PageCall) -> Response:
    """Create a key, and redirect to the page that shows it once."""
    form = page.parse(KeyForm).new_key(page.speech.time_zone, _ask_which_hour(page))
    with page.begin() as work:
        key, raw = service.create(work, page.tenant_id, form, caller=page.caller)
    return _redirect_to_secret(page, key.id, raw)


@router.get(HERE + "/{key_id}/made", permissions=API_KEYS_MANAGE, flag=FLAG)
def show_secret(page: PageCall, key_id: Id) -> Response:
    """Show a new key, once."""
    key = service.get(page.work, page.tenant_id, key_id)
    answer = page.render("api_keys/made.html", key=key, raw=_SHOWN_ONCE.take(page, key_id))
    return _SHOWN_ONCE.forget(answer)


@router.get(HERE + "/{key_id}", permissions=API_KEYS_MANAGE, flag=FLAG)
def edit_key(page: PageCall, key_id: Id) -> Response:
    """Show a key: the form of its settings, its use, its history."""
    key = service.get(page.work, page.tenant_id, key_id)
    zone = page.speech.time_zone
    entries = audit.entries_of(page.work, page.tenant_id, "api_key", key_id)
    makers = makers_of(page.work, page.tenant_id, [key])
    return _form(
        page,
        "api_keys/edit.html",
        filled_from(key, zone),
        key=key,
        status_of=_status_in(page, makers),
        maker=makers.get(key_id),
        maker_name=_maker_name(page, makers.get(key_id)),
        beyond=[name for name in key.permissions if not registry().covers(page.caller.permissions, name)],
        steps=audit.history(page.work, entries[-20:][::-1]),
    )


@router.post(HERE + "/{key_id}", permissions=API_KEYS_MANAGE, flag=FLAG, on_error=edit_key, beside=_BESIDE)
def change_key(page: PageCall, key_id: Id) -> Response:
    """Change the settings of a key."""
    zone = page.speech.time_zone
    with page.begin() as work:
        key = service.get(work, page.tenant_id, key_id)
        audit.merge_form(
            page, work, "api_key", key, filled_from(key, zone), zone, {"addresses": "ip_allow_list"}
        )
        changes = page.parse(EditKeyForm).changes(zone, key.expires_at, _ask_which_hour(page))
        service.update(work, page.tenant_id, key_id, changes, key.version, caller=page.caller)
    return page.redirect(f"{HERE}/{key_id}", say=_("The changes are saved. They hold from the next call on."))


@router.get(HERE + "/{key_id}/rotate", permissions=API_KEYS_MANAGE, flag=FLAG)
def ask_to_rotate(page: PageCall, key_id: Id) -> Response:
    """Show the form of a rotation."""
    key = service.get(page.work, page.tenant_id, key_id)
    graces = [(grace, _(label), _(hint) if hint else "") for grace, (label, hint) in labels.GRACES.items()]
    return page.render("api_keys/rotate.html", key=key, graces=graces)


@router.post(
    HERE + "/{key_id}/rotate",
    creates=True,
    permissions=API_KEYS_MANAGE,
    flag=FLAG,
    on_error=ask_to_rotate,
    beside=_BESIDE,
)
def rotate_key(page: PageCall, key_id: Id) -> Response:
    """Rotate a key, and redirect to the page that shows the new one once."""
    form = page.parse(RotateForm)
    with page.begin() as work:
        key, raw = service.rotate(work, page.tenant_id, key_id, form.grace_s, caller=page.caller)
    return _redirect_to_secret(page, key.id, raw)


@router.get(HERE + "/{key_id}/take-over", permissions=API_KEYS_MANAGE, flag=FLAG)
def ask_to_take_over(page: PageCall, key_id: Id) -> Response:
    """Ask before the key is taken over."""
    return page.render("api_keys/take_over.html", key=service.get(page.work, page.tenant_id, key_id))


@router.post(
    HERE + "/{key_id}/take-over",
    permissions=API_KEYS_MANAGE,
    flag=FLAG,
    on_error=ask_to_take_over,
    beside=dict.fromkeys((*_BESIDE, ExceedsCreatorGrant), ""),
)
def take_over_key(page: PageCall, key_id: Id) -> Response:
    """Become its maker."""
    with page.begin() as work:
        name = service.take_over(work, page.tenant_id, key_id, caller=page.caller).name
    return page.redirect(
        f"{HERE}/{key_id}", say=_("“%(name)s” depends on you from now on.") % {"name": isolated(name)}
    )


@router.get(HERE + "/{key_id}/revoke", permissions=API_KEYS_MANAGE, flag=FLAG)
def ask_to_revoke(page: PageCall, key_id: Id) -> Response:
    """Show the confirmation of a revocation."""
    return page.render("api_keys/revoke.html", key=service.get(page.work, page.tenant_id, key_id))


@router.post(
    HERE + "/{key_id}/revoke", permissions=API_KEYS_MANAGE, flag=FLAG, on_error=ask_to_revoke, beside=_BESIDE
)
def revoke_key(page: PageCall, key_id: Id) -> Response:
    """Revoke a key."""
    with page.begin() as work:
        name = service.revoke(work, page.tenant_id, key_id, caller=page.caller).name
    return page.redirect(
        HERE, say=_("“%(name)s” is revoked and can no longer be used.") % {"name": isolated(name)}
    )


def _keys_that_stop(work: Work, tenant_id: str) -> str:
    """Return how many keys are refused once the REST API is off."""
    now, keys = work.now(), service.all_keys(work, tenant_id)
    makers = makers_of(work, tenant_id, keys)
    suspended = {key_id for key_id, maker in makers.items() if not maker.active}
    count = sum(
        key.id not in suspended and is_valid(key.status, key.expires_at, key.grace_until, now) for key in keys
    )
    if not count:
        return _("No API key is in use now. The page of API keys is hidden. Stations go on, they need none.")
    return ngettext(
        "%(n)s API key is refused from the next call on: the program that uses it stops. Stations go on, they need none.",
        "%(n)s API keys are refused from the next call on: the programs that use them stop. Stations go on, they need none.",
        count,
    ) % {"n": number(count)}


feature_flags.add_consequence(FF_REST_API, _keys_that_stop)


def _form(page: Page, template: str, filled: dict[str, Any], **more: Any) -> Response:
    selected = page.values("permissions", filled["permissions"])
    tiers = [(tier.value, _(label), _calls(tier)) for tier, label in labels.TIERS.items()]
    return page.render(
        template,
        filled=filled,
        ticked=selected,
        everything="*" in selected or registry().covers(page.caller.permissions, "*"),
        groups=labels.permission_choices(page.caller.permissions, selected),
        tiers=tiers,
        words=labels,
        calls_of=_calls_of,
        **more,
    )


def _ask_which_hour(page: Page) -> ChooseHour:
    return ask_which_hour(page, {"expires_at": _("Expires")})


def _calls_of(key: ApiKey) -> int:
    return service.calls_a_minute(key.tier, key.rate_limit)


def _calls(tier: RateLimitTier) -> str:
    if tier is RateLimitTier.CUSTOM:
        return _("custom limit")
    return _("%(calls)s calls a minute") % {"calls": number(CALLS_PER_MINUTE[tier])}


def _maker_name(page: Page, maker: MakerResponse | None) -> str:
    if maker is None:
        return ""
    user = accounts.get(page.work, page.tenant_id, maker.id)
    return user.name or user.email


def _status_in(page: Page, makers: Mapping[str, MakerResponse]) -> Callable[[ApiKey], tuple[str, str]]:
    """Return a function from a key to the label and tone of its present status."""
    now = page.hub.clock.now()

    def status_of(key: ApiKey) -> tuple[str, str]:
        status = service.current_status(key.status, key.expires_at, now)
        if key.id in makers and not makers[key.id].active and status is ApiKeyStatus.ACTIVE:
            return _("Suspended"), "bad"
        label, tone = labels.STATUSES[status]
        return _(label), tone

    return status_of


def _redirect_to_secret(page: Page, key_id: str, raw: str) -> Response:
    answer = page.redirect(f"{HERE}/{key_id}/made")
    return _SHOWN_ONCE.hand_on(page, answer, key_id, raw)
