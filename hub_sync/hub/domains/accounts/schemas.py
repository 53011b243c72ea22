"""What accounts are made and changed with."""

from pydantic import BaseModel, ConfigDict, Field

from hub_sync.contract.permissions import Role
from hub_sync.hub.kit.texts import Email, Line, OptionalLine


class NewUser(BaseModel):
    """Somebody to invite."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        json_schema_extra={
            "examples": [{"email": "ada@example.org", "name": "Ada Lovelace", "role": "OPERATOR"}]
        },
    )

    email: Email = Field(description="The address to sign in with; upper and lower case are the same.")
    name: OptionalLine = Field(default="", description="The person's name, as colleagues know it.")
    role: Role = Field(default=Role.VIEWER, description="What they may do. No more than you hold yourself.")


class UserChanges(BaseModel):
    """What to change; what is left out stays."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        json_schema_extra={"examples": [{"role": "ADMIN"}, {"active": False}]},
    )

    name: Line | None = Field(default=None, description="The person's name.")
    role: Role | None = Field(default=None, description="What they may do. No more than you hold yourself.")
    active: bool | None = Field(default=None, description="Whether they can sign in.")
