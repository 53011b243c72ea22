"""Errors of calls to the hub. The message of each is one sentence for the operator.

HubClientError
├── HubUnreachable          no connection
│   ├── HubTimeout          no response in time
│   ├── CertificateRefused  the hub's certificate is not accepted; `fault`
│   ├── HubWithoutTls       the address says https://, and what answers there does not speak TLS
│   └── InvalidHubResponse  not the hub's response: cut off, a captive portal's log-in page, another protocol
│       ├── ResponseTooLarge    more bytes than a response of this kind can have
│       └── ResponseUnproven    it lacks the proof that it comes from the station's own hub
├── HubServerError          the hub reported a failure of its own (5xx)
├── HubBusy                 the hub asks to come back later; `retry_after_s`
└── HubRefused              the hub refused the request; `code`, `status`
    ├── StationUnknown      the hub does not know the station's credential. It can't prove this, so nothing is erased
    ├── StationRevoked      the station was revoked; the hub has proven it
    └── StationLocked       the station was locked by an administrator; the hub has proven it
"""

from hub_sync.rules.certificate_faults import CertificateFault


class HubClientError(Exception):
    """The hub could not be reached, or its response can't be used."""


class HubUnreachable(HubClientError):
    """There was no response."""


class HubTimeout(HubUnreachable):
    """There was no response in time. The hub may have handled the request."""


class CertificateRefused(HubUnreachable):
    """The hub's certificate is not accepted, so nothing was sent."""

    def __init__(self, fault: CertificateFault, host: str) -> None:
        super().__init__(f"{CERTIFICATE_SENTENCES[fault].format(host=host)} {KEPT}")
        self.fault = fault


class HubWithoutTls(HubUnreachable):
    """What answers at the hub's address does not speak TLS, so nothing was sent."""


class InvalidHubResponse(HubUnreachable):
    """The response is not the hub's, or is incomplete."""


class ResponseTooLarge(InvalidHubResponse):
    """The response has more bytes than one of its kind can have. It was not read to its end."""


class ResponseUnproven(InvalidHubResponse):
    """The response lacks the proof that it comes from the hub at which the station is enrolled."""


class HubServerError(HubClientError):
    """The hub reported a failure of its own (status 5xx)."""


class HubBusy(HubClientError):
    """The hub is busy and says when to try again (status 429, or 503 with Retry-After).

    `is_proven`: the answer has the proof that it comes from the hub.
    """

    def __init__(self, sentence: str, retry_after_s: float, *, is_proven: bool = False) -> None:
        super().__init__(sentence)
        self.retry_after_s, self.is_proven = retry_after_s, is_proven


class HubRefused(HubClientError):
    """The hub refused the request. Repeating it does not help."""

    def __init__(self, sentence: str, code: str, status: int) -> None:
        super().__init__(sentence)
        self.code, self.status = code, status


class StationUnknown(HubRefused):
    """The hub does not know the station's credential. A wrong hub says the same, so the station goes on."""


class StationRevoked(HubRefused):
    """The station was revoked or retired for good."""


class StationLocked(HubRefused):
    """The station is locked until an administrator unlocks it."""


LOGIN_PAGE = (
    "The network answered instead of the hub, probably with its log-in page. "
    "Open a browser on this computer and sign in to the network."
)
CUT_OFF = "The hub's answer was cut off or damaged on its way."
TOO_LARGE = "The hub's answer is larger than any that it can rightly send."
NOT_UNDERSTOOD = (
    "The hub sent something that this program does not understand. One of the two needs an update."
)
KEPT = "Scans are kept on this station and sent later."
NO_ANSWER = f"The hub does not answer. {KEPT}"
TOO_SLOW = f"The hub did not answer in time. {KEPT}"
NO_TLS = f"What answers at the hub's address does not speak TLS: check https:// and the port. {KEPT}"
_TO_TRUST = "put {what} as a .crt file into /usr/local/share/ca-certificates, run update-ca-certificates, and start this program again."
CERTIFICATE_SENTENCES = {
    CertificateFault.EXPIRED: "The hub's certificate has expired, or the clock of this computer is wrong.",
    CertificateFault.NOT_YET_VALID: "The hub's certificate is not valid yet, or the clock of this computer is wrong.",
    CertificateFault.OTHER_NAME: "The hub's certificate is for another name than {host}: use the name in the certificate, "
    "or give the hub a certificate for {host}.",
    CertificateFault.SELF_SIGNED: "The hub's certificate is signed by itself, so this computer does not trust it. To trust it, "
    + _TO_TRUST.format(what="it"),
    CertificateFault.UNKNOWN_AUTHORITY: "The hub's certificate comes from an authority that this computer does not trust. To "
    "trust it, " + _TO_TRUST.format(what="the authority's certificate"),
    CertificateFault.OTHER: "The hub's certificate is not accepted.",
}
UNPROVEN = (
    "Something other than this station's hub answered at the hub's address. Its answer was not used. "
    "Check the address and the network."
)
UNKNOWN = "The hub does not know this station. It goes on with its last list. If this is the right hub, enrol it again."
REVOKED = "The hub does not admit this station any more. Enrol it again."
LOCKED = "This station was locked by an administrator."
FAULT = "The hub reports a fault of its own (status {status})."
BUSY = "The hub is busy and asked to wait."
