"""The bytes of a push, made into a request. `kit.intake` has unpacked and bounded them before."""

from pydantic import ValidationError

from hub_sync.contract.sync import PushRequest
from hub_sync.hub.kit.errors import Unprocessable

TIME_LIMIT = 2**52
"""No number on the wire is larger."""


class PushUnreadable(Unprocessable):
    """The body is no push; the message says where it stops being one."""


def read_push(plain: bytes) -> PushRequest:
    """Check the shape of a push.

    Raises:
        PushUnreadable: it is none.
    """
    try:
        return PushRequest.model_validate_json(plain)
    except ValidationError as wrong:
        raise PushUnreadable(_first_complaint(wrong)) from None


def _first_complaint(wrong: ValidationError) -> str:
    first = wrong.errors(include_url=False, include_context=False, include_input=False)[0]
    place = ".".join(str(part) for part in first["loc"])
    return f"{place}: {first['msg']}" if place else first["msg"]
