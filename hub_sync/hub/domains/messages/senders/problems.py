"""What is wrong with an account: nothing is sent through it, and no recipient pays for that."""

from datetime import timedelta
from enum import StrEnum

from hub_sync.hub.kit.i18n import N_

FIRST_RETRY, LAST_RETRY = timedelta(seconds=30), timedelta(minutes=15)


class SenderProblem(StrEnum):
    """The code of a problem, as it is stored."""

    AUTHENTICATION = "AUTHENTICATION"
    SENDER_REFUSED = "SENDER_REFUSED"
    NOT_SUPPORTED = "NOT_SUPPORTED"
    SECRET_UNUSABLE = "SECRET_UNUSABLE"  # noqa: S105 - a code
    CERTIFICATE = "CERTIFICATE"
    UNREACHABLE = "UNREACHABLE"

    @property
    def needs_a_person(self) -> bool:
        """Return True if it lasts until a person changes the account; otherwise it is tried again."""
        return self not in (SenderProblem.CERTIFICATE, SenderProblem.UNREACHABLE)


SENTENCES: dict[str, str] = {
    SenderProblem.AUTHENTICATION: N_("The server refuses the user name or the password."),
    SenderProblem.SENDER_REFUSED: N_("The server does not let this account send with this address."),
    SenderProblem.NOT_SUPPORTED: N_("The server does not support this way to encrypt or to sign in."),
    SenderProblem.SECRET_UNUSABLE: N_(
        "The password can't be decrypted with this hub's secret. Enter it again."
    ),
    SenderProblem.CERTIFICATE: N_("The server's certificate is not valid."),
    SenderProblem.UNREACHABLE: N_("The server can't be reached."),
}


class SenderUnusable(Exception):
    """An account does not work; `response` is what the server or the network answered."""

    def __init__(self, problem: SenderProblem, response: str) -> None:
        super().__init__(f"{problem}: {response}")
        self.problem, self.response = problem, response
