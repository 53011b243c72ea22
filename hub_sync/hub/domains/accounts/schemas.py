"""Requests and responses about accounts. No response contains a hash."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from hub_sync.hub.domains import registry
from hub_sync.hub.domains.accounts.tables import UserStatus
from hub_sync.hub.kit.schemas import ResponseModel
from hub_sync.hub.kit.security.access import CallerKind
from hub_sync.hub.kit.security.permissions import Role
from hub_sync.hub.kit.text_types import Email, OptionalText, SingleLineText

_ADA: dict[str, Any] = {
    "id": "01977a3e-5b1c-7d2a-9f00-6c1d2e3f4a5b",
    "email": "ada@example.org",
    "name": "Ada Lovelace",
    "role": "OPERATOR",
    "active": True,
    "status": "ACTIVE",
    "second_factor": False,
    "language": "",
    "password_changed_at": "2026-02-17T10:05:00Z",
    "version": 1,
    "created_at": "2026-02-17T09:30:00Z",
}


class NewUser(BaseModel):
    """A user to invite."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        json_schema_extra={
            "examples": [{"email": "ada@example.org", "name": "Ada Lovelace", "role": "OPERATOR"}]
        },
    )

    email: Email = Field(description="The address to sign in with; upper and lower case are the same.")
    name: OptionalText = Field(default="", description="The person's name, as colleagues know it.")
    role: Role = Field(default=Role.VIEWER, description="What they may do. No more than you hold yourself.")


class UserChanges(BaseModel):
    """Changes to a user; fields that are left out stay."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        json_schema_extra={"examples": [{"role": "ADMIN"}, {"active": False}]},
    )

    name: SingleLineText | None = Field(default=None, description="The person's name.")
    role: Role | None = Field(default=None, description="What they may do. No more than you hold yourself.")
    active: bool | None = Field(default=None, description="True if they may sign in.")


class UserResponse(ResponseModel):
    """A person who can sign in."""

    model_config = ConfigDict(json_schema_extra={"examples": [_ADA]})

    id: str = Field(description="Its id.")
    email: str = Field(description="The address to sign in with, in lower case.")
    name: str = Field(description="The person's name; may be empty.")
    role: str = Field(description="What they may do, by the name of a role.")
    active: bool = Field(description="True if they may sign in (once they have accepted the invitation).")
    status: UserStatus = Field(description="INVITED until they have chosen a password.")
    second_factor: bool = Field(description="True if they sign in with a second factor.")
    language: str = Field(description="The language that they chose; empty: their browser's language.")
    password_changed_at: datetime | None = Field(description="Time at which they set their password.")
    version: int = Field(description="Counts the changes; the ETag.")
    created_at: datetime = Field(description="Time at which the account was created.")


_LINK = "https://hub.example.org/invitation/n7Yt0m3yQm3mS7nq0Jt6Zc1qv8oQm0C9xL2bR4wK5hE"


class UserWithLinkResponse(UserResponse):
    """A person with the link by which they choose a password."""

    model_config = ConfigDict(json_schema_extra={"examples": [_ADA | {"link": _LINK}]})

    link: str = Field(
        description="Link to pass on to them; returned only once. It works once: an invitation for 7 days, else for 24 hours."
    )


class RoleResponse(ResponseModel):
    """A role of the tenant."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"name": "OPERATOR", "permissions": ["check-in:scan"]}]}
    )

    name: Role = Field(description="Its name.")
    permissions: list[str] = Field(description="Permissions of the role.")


class OwnCredentialResponse(ResponseModel):
    """The caller's credential: its owner, permissions and limits."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "kind": "user",
                    "id": _ADA["id"],
                    "tenant_id": "01977a3e-0000-7d2a-9f00-6c1d2e3f4a5b",
                    "organisation": "Acme",
                    "name": "Ada Lovelace",
                    "email": "ada@example.org",
                    "role": "OPERATOR",
                    "permissions": ["check-in:scan"],
                    "flags": ["FF_REST_API"],
                    "calls_a_minute": 2000,
                }
            ]
        }
    )

    kind: CallerKind = Field(description="A person's session, or an API key.")
    id: str = Field(description="The person's or the key's id.")
    tenant_id: str = Field(description="The tenant that it belongs to.")
    organisation: str = Field(description="The tenant's name.")
    name: str = Field(description="Name of the person or of the key.")
    email: str | None = Field(description="The person's address; null for a key.")
    role: str | None = Field(description="The person's role; null for a key.")
    permissions: list[str] = Field(description="Permissions of the caller; a key's may be wildcards.")
    flags: list[str] = Field(
        description="Feature flags that are on for the tenant.",
        json_schema_extra={"items": {"type": "string", "enum": list(registry().flags)}},
    )
    calls_a_minute: int = Field(description="Rate limit in calls a minute.")


class SessionResponse(ResponseModel):
    """A session: a browser in which a user is signed in."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": "01977a3e-1111-7d2a-9f00-6c1d2e3f4a5b",
                    "current": True,
                    "address": "203.0.113.9",
                    "user_agent": "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0",
                    "created_at": "2026-06-10T06:00:00Z",
                    "last_seen_at": "2026-06-10T08:12:00Z",
                    "expires_at": "2026-06-10T20:12:00Z",
                }
            ]
        }
    )

    id: str = Field(description="Its id.")
    current: bool = Field(description="True for the session of this call.")
    address: str = Field(description="IP address of its last use.")
    user_agent: str = Field(description="User agent of the browser at sign-in.")
    created_at: datetime = Field(description="Time of the sign-in.")
    last_seen_at: datetime = Field(description="Time of its last use, to the minute.")
    expires_at: datetime = Field(description="Time at which it ends if it is not used again.")
