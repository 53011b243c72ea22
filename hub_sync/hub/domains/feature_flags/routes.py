"""REST routes of feature flags."""

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
    """List all flags with their states for the tenant, in a fixed order."""
    payload = [_out(state).model_dump(mode="json") for state in flags.flag_states(call.work, call.tenant_id)]
    return call.ok_bytes(b'{"data":' + dump_json(payload) + b"}")


@router.put(
    "/{key}",
    permissions=FEATURE_FLAGS_MANAGE,
    schema=FeatureFlagResponse,
    errors=(FeatureFlagUnknown,),
    summary="Switch a feature flag",
)
def switch_flag(call: Call, key: Key, change: FeatureFlagChange) -> Response:
    """Switch a flag on or off. It takes effect at the next request; routes of a flag that is off answer 404.

    Switching `FF_REST_API` off closes the REST API to every key; the console or `doorward-hub flag on` opens it again.
    """
    flag = flags.flag_of(key)
    with call.begin() as work:
        flags.switch(work, call.tenant_id, flag, change.enabled)
        state = flags.flag_state(work, call.tenant_id, flag)
    return call.ok(_out(state))


def _out(state: flags.FlagState) -> FeatureFlagResponse:
    return FeatureFlagResponse(
        key=state.key,
        name=state.key.label,
        description=state.key.description,
        enabled=state.enabled,
        enabled_by_default=state.enabled_by_default,
        switched_at=state.switched_at,
        switched_by=state.switched_by,
    )
