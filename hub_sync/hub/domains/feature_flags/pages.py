"""The page of the switches. It stays open whatever is off: here a flag is switched on again."""

from fastapi.responses import Response
from pydantic import BaseModel

from hub_sync.hub.console import PageCall, PageRouter, _
from hub_sync.hub.domains.audit import service as audit
from hub_sync.hub.domains.feature_flags import service as flags
from hub_sync.hub.domains.feature_flags.manifest import FEATURE_FLAGS_MANAGE

FEATURES = "/settings/features"

router = PageRouter()


class FlagForm(BaseModel):
    """What a switch sends."""

    enabled: bool = False


@router.get(FEATURES, permissions=FEATURE_FLAGS_MANAGE)
def show_flags(page: PageCall) -> Response:
    """Every flag: what it opens, how it stands, who switched it last."""
    return page.render(
        "feature_flags/list.html",
        flags=flags.flag_states(page.work, page.tenant_id),
        who=audit.actor_name,
    )


@router.post(FEATURES + "/{key}", permissions=FEATURE_FLAGS_MANAGE)
def switch_flag(page: PageCall, key: str) -> Response:
    """Switch one."""
    flag = flags.flag_of(key)
    enabled = page.parse(FlagForm).enabled
    with page.begin() as work:
        flags.switch(work, page.tenant_id, flag, enabled)
    name = _(flag.label)
    said = _("“{name}” is switched on.") if enabled else _("“{name}” is switched off.")
    return page.redirect(FEATURES, say=said.format(name=name))
