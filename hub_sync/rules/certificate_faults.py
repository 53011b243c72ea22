"""Why a TLS certificate is refused. Station and hub are both clients, and say it each in its own words."""

import ssl
from enum import StrEnum


class CertificateFault(StrEnum):
    """What is wrong with a certificate."""

    EXPIRED = "EXPIRED"
    NOT_YET_VALID = "NOT_YET_VALID"
    OTHER_NAME = "OTHER_NAME"
    SELF_SIGNED = "SELF_SIGNED"
    UNKNOWN_AUTHORITY = "UNKNOWN_AUTHORITY"
    OTHER = "OTHER"


_BY_CODE = {
    9: CertificateFault.NOT_YET_VALID,
    10: CertificateFault.EXPIRED,
    18: CertificateFault.SELF_SIGNED,
    19: CertificateFault.UNKNOWN_AUTHORITY,
    20: CertificateFault.UNKNOWN_AUTHORITY,
    21: CertificateFault.UNKNOWN_AUTHORITY,
    62: CertificateFault.OTHER_NAME,
    64: CertificateFault.OTHER_NAME,
}
"""OpenSSL's codes (`X509_V_ERR_…` in x509_vfy.h). In 19, the last certificate of the chain is an authority's own."""


def certificate_fault(error: BaseException) -> CertificateFault | None:
    """Return what is wrong with the certificate that an error is about; None if it is about no certificate.

    An error of a library has the one of `ssl` among its causes.
    """
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return _BY_CODE.get(cause.verify_code, CertificateFault.OTHER)
        cause = cause.__cause__ or cause.__context__
    return None
