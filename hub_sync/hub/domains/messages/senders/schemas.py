"""Requests and responses about accounts."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

from hub_sync.contract.enums import MessageChannel
from hub_sync.hub.domains.messages.senders.problems import SenderProblem
from hub_sync.hub.domains.messages.tables import ConnectionSecurity
from hub_sync.hub.kit.i18n import N_
from hub_sync.hub.kit.schemas import ResponseModel
from hub_sync.hub.kit.text_types import Email, ExpectedFormat, OptionalText, ShortText, WallTime, reject_nul

MAX_CONNECTIONS, MAX_RATE, MAX_WINDOW, LONGEST_WINDOW_S = 32, 1000, 1_000_000, 7 * 24 * 3600


def _none_if_empty(value: Any) -> Any:
    return None if value == "" else value


def _require_ascii_mailbox(address: str) -> str:
    """Refuse what most servers take from nobody: letters beyond ASCII before the @ (RFC 6531)."""
    if not address.rpartition("@")[0].isascii():
        raise ValueError("the part before the @ has letters from a to z only")
    return address


_Host = Annotated[
    str,
    StringConstraints(strip_whitespace=True, max_length=255, pattern=r"^[A-Za-z0-9.:_-]*$"),
    ExpectedFormat(N_("The name or address of a server, such as mail.example.org.")),
    Field(description="The name or address of the server.", examples=["mail.example.org"]),
]
_Port = Annotated[int, Field(ge=1, le=65535, description="465 with TLS, 587 with STARTTLS.", examples=[587])]
_Security = Annotated[
    ConnectionSecurity, Field(description="`TLS` from the first byte, `STARTTLS`, or `NONE`.")
]
_Secret = Annotated[
    str,
    StringConstraints(max_length=2000),
    BeforeValidator(lambda value: reject_nul(value) if isinstance(value, str) else value),
    Field(
        description="The password; of SMS and PUSH the address of the service (apprise), with `{recipient}` where the number "
        "stands. It is stored encrypted and never shown."
    ),
]
_BouncePassword = Annotated[
    str,
    StringConstraints(max_length=2000),
    BeforeValidator(lambda value: reject_nul(value) if isinstance(value, str) else value),
    Field(description="The password of the mailbox. It is stored encrypted and never shown."),
]
_Address = Annotated[
    Annotated[
        Email,
        AfterValidator(_require_ascii_mailbox),
        ExpectedFormat(
            N_("An address whose part before the @ has letters from a to z, such as tickets@example.org.")
        ),
    ]
    | None,
    BeforeValidator(_none_if_empty),
]
_Quiet = Annotated[
    WallTime | None,
    BeforeValidator(_none_if_empty),
    Field(description="Wall time in the recipient's zone. Tickets and the like are sent at any time."),
]
_Rate = Annotated[Annotated[int, Field(ge=1, le=MAX_RATE)] | None, BeforeValidator(_none_if_empty)]
_WindowLimit = Annotated[Annotated[int, Field(ge=1, le=MAX_WINDOW)] | None, BeforeValidator(_none_if_empty)]
_WindowSeconds = Annotated[
    Annotated[int, Field(ge=1, le=LONGEST_WINDOW_S)] | None, BeforeValidator(_none_if_empty)
]


class NewSender(BaseModel):
    """A new account."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: ShortText
    channel: MessageChannel = MessageChannel.EMAIL
    is_enabled: bool = True
    is_default: Annotated[bool, Field(description="What names no account goes through this one.")] = False
    host: _Host = ""
    port: _Port = 587
    security: _Security = ConnectionSecurity.STARTTLS
    username: OptionalText = ""
    secret: _Secret = ""
    from_address: Annotated[_Address, Field(examples=["tickets@example.org"])] = None
    from_name: OptionalText = ""
    reply_to: _Address = None
    connections: Annotated[int, Field(ge=1, le=MAX_CONNECTIONS, description="Connections at once.")] = 4
    rate_per_second: _Rate = None
    window_limit: _WindowLimit = None
    window_seconds: _WindowSeconds = None
    quiet_from: _Quiet = None
    quiet_until: _Quiet = None
    bounce_address: _Address = None
    has_bounce_tags: Annotated[
        bool, Field(description="The address for bounces gets a tag, such as bounces+TAG@example.org (VERP).")
    ] = False
    bounce_host: _Host = ""
    bounce_port: _Port = 993
    bounce_security: _Security = ConnectionSecurity.TLS
    bounce_username: OptionalText = ""
    bounce_secret: _BouncePassword = ""


class SenderChanges(NewSender):
    """The members to change; the others stay. An empty password stays as it is."""

    name: ShortText = "-"


class SenderTest(BaseModel):
    """To whom a test goes."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    recipient: Annotated[
        str,
        StringConstraints(strip_whitespace=True, min_length=1, max_length=320),
        Field(examples=["ada@example.org"]),
    ]


class SenderResponse(ResponseModel):
    """An account. Its secrets are never returned; `has_secret` says that there is one."""

    id: str = Field(description="Id of the account.")
    name: str = Field(description="Its name.")
    channel: MessageChannel = Field(description="The channel; it never changes.")
    is_enabled: bool = Field(description="False: nothing is sent through it.")
    is_default: bool = Field(description="What names no account goes through this one.")
    host: str = Field(description="The mail server.")
    port: int = Field(description="Its port.")
    security: ConnectionSecurity = Field(description="How the connection is encrypted.")
    username: str = Field(description="The user name; empty: it does not sign in.")
    has_secret: bool = Field(description="True: a password or the address of a service is stored.")
    from_address: str = Field(description="The address that it sends from.")
    from_name: str = Field(description="The name beside that address.")
    reply_to: str = Field(description="Where answers go; empty: to the address that it sends from.")
    connections: int = Field(description="Connections at once.")
    rate_per_second: int | None = Field(description="Most messages a second; null: no limit.")
    window_limit: int | None = Field(description="Most messages a window; null: no limit.")
    window_seconds: int | None = Field(description="Length of the window.")
    quiet_from: str | None = Field(description="Beginning of the quiet hours, in the recipient's zone.")
    quiet_until: str | None = Field(description="Their end.")
    bounce_address: str = Field(description="Where bounces go; empty: to the address that it sends from.")
    has_bounce_tags: bool = Field(description="True: the address for bounces gets a tag (VERP).")
    bounce_host: str = Field(description="The server of the mailbox for bounces (IMAP); empty: none is read.")
    bounce_port: int = Field(description="Its port.")
    bounce_security: ConnectionSecurity = Field(description="How that connection is encrypted.")
    bounce_username: str = Field(description="The user name of the mailbox.")
    has_bounce_secret: bool = Field(description="True: the password of the mailbox is stored.")
    problem: SenderProblem | None = Field(
        description="Why nothing can be sent through it; null: nothing is known to be wrong."
    )
    problem_response: str | None = Field(description="What the server answered.")
    problem_since: datetime | None = Field(description="Since when.")
    retry_at: datetime | None = Field(
        description="When it is tried again; null with a problem: not before somebody has changed the account."
    )
    bounce_problem: SenderProblem | None = Field(
        description="Why the mailbox for bounces can't be read; null: nothing is known to be wrong."
    )
    bounces_read_at: datetime | None = Field(description="When the mailbox was read last.")
    version: int = Field(description="Counts the changes.")
    created_at: datetime = Field(description="Time of creation, UTC.")
    updated_at: datetime = Field(description="Time of the last change, UTC.")
