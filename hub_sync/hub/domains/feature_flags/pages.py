"""Page of the feature flags. It stays open if every flag is off, so that a flag can be switched on again."""

from fastapi.responses import Response
from pydantic import BaseModel

from hub_sync.hub.console import PageCall, PageRouter, Question, _
from hub_sync.hub.domains.audit import service as audit
from hub_sync.hub.domains.feature_flags import service as flags
from hub_sync.hub.domains.feature_flags.manifest import FEATURE_FLAGS_MANAGE

FEATURES = "/settings/features"

router = PageRouter()


class FlagForm(BaseModel):
    """Form of a switch."""

    enabled: bool = False


@router.get(FEATURES, permissions=FEATURE_FLAGS_MANAGE)
def show_flags(page: PageCall) -> Response:
    """Render all flags with their states and the user who switched them last."""
    return page.render(
        "feature_flags/list.html",
        flags=flags.flag_states(page.work, page.tenant_id),
        who=audit.actor_name,
    )


@router.post(FEATURES + "/{key}", permissions=FEATURE_FLAGS_MANAGE)
def switch_flag(page: PageCall, key: str) -> Response:
    """Switch a flag."""
    flag = flags.flag_of(key)
    enabled, name = page.parse(FlagForm).enabled, _(flag.label)
    with page.begin() as work:
        if not enabled and flags.is_on(work, page.tenant_id, flag):
            sentences = flags.consequences_of(work, page.tenant_id, flag)
            if sentences:
                title = _("Switch “{name}” off?").format(name=name)
                page.ask_first(Question(f"off {flag}", title, sentences, _("Switch it off")))
        flags.switch(work, page.tenant_id, flag, enabled)
    message = _("“{name}” is switched on.") if enabled else _("“{name}” is switched off.")
    return page.redirect(FEATURES, say=message.format(name=name))
