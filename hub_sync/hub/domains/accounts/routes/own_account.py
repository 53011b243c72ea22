"""REST routes of the caller's own credential and sessions, for users and API keys."""

from fastapi.responses import Response

from hub_sync.hub.domains.accounts.credentials.sessions import sessions_of
from hub_sync.hub.domains.accounts.errors import SessionNotFound
from hub_sync.hub.domains.accounts.own_account.service import OwnAccount
from hub_sync.hub.domains.accounts.schemas import OwnCredentialResponse, SessionResponse
from hub_sync.hub.domains.accounts.tables import UserSession
from hub_sync.hub.domains.accounts.users import service
from hub_sync.hub.kit.db import tenant_lookup
from hub_sync.hub.kit.http.rest_router import Call, RestRouter
from hub_sync.hub.kit.schemas import dump_json
from hub_sync.hub.kit.security.access import CallerKind
from hub_sync.hub.kit.text_types import Id

router = RestRouter(prefix="/me", tags=["me"])


@router.get("", permissions=(), schema=OwnCredentialResponse, summary="Who am I")
def show_me(call: Call) -> Response:
    """Return the caller's credential: its owner, permissions and limits."""
    caller = call.caller
    user = service.get(call.work, call.tenant_id, caller.id) if caller.kind is CallerKind.USER else None
    return call.ok(
        OwnCredentialResponse(
            kind=caller.kind,
            id=caller.id,
            tenant_id=caller.tenant_id,
            organisation=tenant_lookup.find_tenant_name(call.work, caller.tenant_id),
            name=caller.name or caller.actor.removeprefix("key:"),
            email=user.email if user else None,
            role=user.role if user else None,
            permissions=sorted(caller.permissions),
            flags=sorted(caller.flags),
            calls_a_minute=caller.calls_per_minute,
        )
    )


@router.get("/sessions", permissions=(), schema=list[SessionResponse], summary="List my sessions")
def list_sessions(call: Call) -> Response:
    """List the caller's sessions, the last used first; an API key has none."""
    sessions = sessions_of(call.work, call.tenant_id, call.caller.id)
    payload = [_out(session, call.caller.session_id).model_dump(mode="json") for session in sessions]
    return call.ok_bytes(b'{"data":' + dump_json(payload) + b"}")


@router.delete(
    "/sessions/{session_id}", permissions=(), errors=(SessionNotFound,), summary="End a session of mine"
)
def end_session(call: Call, session_id: Id) -> Response:
    """End one of the caller's sessions."""
    if call.caller.kind is not CallerKind.USER:
        raise SessionNotFound
    OwnAccount(call.hub, call.tenant_id, call.caller.id).end_session(session_id)
    return call.no_content()


def _out(session: UserSession, current: str) -> SessionResponse:
    return SessionResponse(
        id=session.id,
        current=session.id == current,
        address=session.address,
        user_agent=session.user_agent,
        created_at=session.created_at,
        last_seen_at=session.last_seen_at,
        expires_at=session.expires_at,
    )
