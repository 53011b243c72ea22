"""API keys over REST."""

from typing import Annotated

from fastapi import Depends
from fastapi.responses import Response
from sqlalchemy import select

from hub_sync.hub.domains.api_keys import service
from hub_sync.hub.domains.api_keys.errors import (
    ApiKeyChanged,
    ApiKeyNotActive,
    ApiKeyNotFound,
    ExpiryInThePast,
    RateLimitMismatch,
    TooManyValidations,
)
from hub_sync.hub.domains.api_keys.lists import KEYS
from hub_sync.hub.domains.api_keys.manifest import API_KEYS_MANAGE
from hub_sync.hub.domains.api_keys.schemas import (
    ApiKeyChanges,
    ApiKeyResponse,
    NewApiKey,
    NewApiKeyResponse,
    RotationRequest,
    ValidationRequest,
    ValidationResponse,
)
from hub_sync.hub.domains.api_keys.tables import ApiKey
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.http.rest_router import API, Call, RestCall, RestRouter
from hub_sync.hub.kit.lists.query_parameters import FieldSelection, ListQuery
from hub_sync.hub.kit.security.credential_bounds import ExceedsCreatorGrant, PermissionNotHeld
from hub_sync.hub.kit.text_types import Id

router = RestRouter(prefix="/api-keys", tags=["api-keys"])

VALIDATIONS_A_MINUTE = 60
"""Each costs about 50 ms of a core."""


@router.get("", permissions=API_KEYS_MANAGE, listing=KEYS, summary="List API keys")
def list_keys(call: Call, query: Annotated[ListQuery, Depends(KEYS.parse_query)]) -> Response:
    """List the tenant's keys, revoked ones too. A key that expires is listed as EXPIRED within seconds."""
    return KEYS.list_response(call, query, select(ApiKey).where(ApiKey.tenant_id == call.tenant_id))


@router.get(
    "/{key_id}",
    permissions=API_KEYS_MANAGE,
    listing=KEYS,
    schema=ApiKeyResponse,
    errors=(ApiKeyNotFound,),
    summary="Read an API key",
)
def get_key(
    call: Call, key_id: Id, selection: Annotated[FieldSelection, Depends(KEYS.parse_selection)]
) -> Response:
    """Return a key. The ETag is of its settings: the statistics of its use change without it."""
    return KEYS.item_response(call, selection, service.get_view(call.work, call.tenant_id, key_id))


@router.post(
    "",
    permissions=API_KEYS_MANAGE,
    schema=NewApiKeyResponse,
    status=201,
    errors=(PermissionNotHeld, ExceedsCreatorGrant, ExpiryInThePast),
    summary="Create an API key",
)
def create_key(call: Call, new: NewApiKey) -> Response:
    """Create a key. `key` contains it, only in this response; a key can't be given more than its maker may do.

    Nor does a key make one that is good from other networks, for longer, or for more calls a minute than itself.
    """
    with call.begin() as work:
        return _new(call, *service.create(work, call.tenant_id, new, caller=call.caller))


@router.put(
    "/{key_id}",
    permissions=API_KEYS_MANAGE,
    schema=ApiKeyResponse,
    errors=(
        ApiKeyNotFound,
        ApiKeyChanged,
        ApiKeyNotActive,
        PermissionNotHeld,
        ExceedsCreatorGrant,
        ExpiryInThePast,
        RateLimitMismatch,
    ),
    summary="Change an API key",
)
def update_key(call: Call, key_id: Id, changes: ApiKeyChanges) -> Response:
    """Change what the body names; what is left out stays. Needs If-Match with the ETag that was read.

    Who changes a key must hold all that it may do, before and afterwards, and a key changes none that is good from more
    networks, for longer, or for more calls a minute than itself. An expired key that is given a new expiry is good again.
    """
    version = call.expected_version()
    with call.begin() as work:
        key = service.update(work, call.tenant_id, key_id, changes, version, caller=call.caller)
        return call.ok(ApiKeyResponse.model_validate(key), version=key.version)


@router.delete(
    "/{key_id}",
    permissions=API_KEYS_MANAGE,
    errors=(ApiKeyNotFound, ApiKeyChanged, PermissionNotHeld, ExceedsCreatorGrant),
    summary="Revoke an API key",
)
def revoke_key(call: Call, key_id: Id) -> Response:
    """Revoke a key for good: it is refused from the next call on, and stays listed as REVOKED.

    Whoever revokes a key must hold all that it may do.
    """
    version = call.optional_expected_version()
    with call.begin() as work:
        service.revoke(work, call.tenant_id, key_id, version, caller=call.caller)
        return call.no_content()


@router.post(
    "/{key_id}/rotate",
    permissions=API_KEYS_MANAGE,
    schema=NewApiKeyResponse,
    status=201,
    errors=(ApiKeyNotFound, ApiKeyNotActive, PermissionNotHeld, ExceedsCreatorGrant),
    summary="Rotate an API key",
)
def rotate_key(call: Call, key_id: Id, rotation: RotationRequest) -> Response:
    """Create a new key with the same settings. The old one stays valid for `grace_s` seconds, then it is refused."""
    with call.begin() as work:
        rotated = service.rotate(work, call.tenant_id, key_id, rotation.grace_s, caller=call.caller)
        return _new(call, *rotated)


@router.post(
    "/{key_id}/take-over",
    permissions=API_KEYS_MANAGE,
    schema=ApiKeyResponse,
    errors=(ApiKeyNotFound, ApiKeyChanged, ApiKeyNotActive, PermissionNotHeld, ExceedsCreatorGrant),
    summary="Take an API key over",
)
def take_over_key(call: Call, key_id: Id) -> Response:
    """Become the maker of a key. A key may do what it and its maker may do now, and is refused while they are deactivated.

    The key itself stays the same. Whoever takes it over must hold all that it may do.
    """
    version = call.optional_expected_version()
    with call.begin() as work:
        key = service.take_over(work, call.tenant_id, key_id, version, caller=call.caller)
        return call.ok(ApiKeyResponse.model_validate(key), version=key.version)


@router.post(
    "/validate",
    permissions=API_KEYS_MANAGE,
    schema=ValidationResponse,
    summary="Validate an API key",
)
def validate_key(call: Call, request: ValidationRequest) -> Response:
    """Return what a key may do if it is one of the tenant and valid now; else only that it is not."""
    taken = call.hub.rate_limits.acquire(f"validate:{call.caller.id}", VALIDATIONS_A_MINUTE)
    taken.raise_if_exceeded(TooManyValidations)
    with call.hub.uow.read() as work:
        return call.ok(_validity(work, call.tenant_id, request.key))


def _new(call: RestCall, key: ApiKey, raw: str) -> Response:
    response = NewApiKeyResponse(**ApiKeyResponse.model_validate(key).model_dump(), key=raw)
    replay = response.model_copy(update={"key": None})
    return call.created(response, f"{API}/api-keys/{key.id}", version=key.version, replay_data=replay)


def _validity(work: Work, tenant_id: str, raw: str) -> ValidationResponse:
    key = service.validate(work, tenant_id, raw)
    if key is None:
        return ValidationResponse(valid=False)
    return ValidationResponse(
        valid=True,
        id=key.id,
        name=key.name,
        permissions=sorted(service.permissions_now(work, key)),
        ip_allow_list=key.ip_allow_list,
        calls_a_minute=service.calls_a_minute(key.tier, key.rate_limit),
        expires_at=key.expires_at,
    )
