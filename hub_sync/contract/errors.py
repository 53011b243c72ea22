"""Errors on the wire: `application/problem+json` (RFC 9457) that also carries the report's `error`."""

from pydantic import BaseModel, ConfigDict

PROBLEM_TYPE = "application/problem+json"


class ErrorBody(BaseModel):
    """The report's error: a code for programs, a sentence for people."""

    code: str
    message: str


class Problem(BaseModel):
    """An RFC 9457 problem; `error.code` is the class name of the hub's error."""

    model_config = ConfigDict(extra="allow")

    type: str = "about:blank"
    title: str
    status: int
    detail: str | None = None
    instance: str | None = None
    error: ErrorBody
