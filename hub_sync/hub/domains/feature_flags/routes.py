"""Feature flags over REST."""

from typing import Annotated

from fastapi import Path
from fastapi.responses import Response

from hub_sync.hub.domains.feature_flags import service as flags
from hub_sync.hub.domains.feature_flags.errors import FeatureFlagUnknown
from hub_sync.hub.domains.feature_flags.manifest import FEATURE_FLAGS_MANAGE
from hub_sync.hub.domains.feature_flags.schemas import FeatureFlagChange, FeatureFlagResponse
from hub_sync.hub.kit.http.rest_router import Call, RestRouter
from hub_sync.hub.kit.schemas import dump_json

router = RestRouter(prefix="/feature-flags", tags=["feature-flags"])

Key = Annotated[str, Path(max_length=64, description="The flag's name.", examples=["FF_WEBHOOKS"])]


@router.get(
    "", permissions=FEATURE_FLAGS_MANAGE, schema=list[FeatureFlagResponse], summary="List feature flags"
)
def list_flags(call: Call) -> Response:
    """All flags as they stand for the tenant, in a fixed order."""
    found = [_out(one).model_dump(mode="json") for one in flags.flag_states(call.work, call.tenant_id)]
    return call.ok_bytes(b'{"data":' + dump_json(found) + b"}")


@router.put(
    "/{key}",
    permissions=FEATURE_FLAGS_MANAGE,
    schema=FeatureFlagResponse,
    errors=(FeatureFlagUnknown,),
    summary="Switch a feature flag",
)
def switch_flag(call: Call, key: Key, change: FeatureFlagChange) -> Response:
    """Switch a flag on or off. It holds from the next call on; what is off answers 404.

    Who switches `FF_REST_API` off locks this door for every key; the console, or `doorward-hub flag on`, opens it again.
    """
    flag = flags.flag_of(key)
    with call.begin() as work:
        flags.switch(work, call.tenant_id, flag, change.enabled)
        standing = flags.flag_state(work, call.tenant_id, flag)
    return call.ok(_out(standing))


def _out(standing: flags.FlagState) -> FeatureFlagResponse:
    return FeatureFlagResponse(
        key=standing.key,
        name=standing.key.label,
        description=standing.key.description,
        enabled=standing.enabled,
        enabled_by_default=standing.enabled_by_default,
        switched_at=standing.switched_at,
        switched_by=standing.switched_by,
    )
