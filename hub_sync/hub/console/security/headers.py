"""Security headers of every page."""

from fastapi.responses import Response

CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
_HEADERS = {
    "Content-Security-Policy": CSP,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-store",
}
_VARIES = ("Cookie", "Accept-Language")


def secured(answer: Response) -> Response:
    """Add the security headers to a response, unless it sets them itself."""
    for name, value in _HEADERS.items():
        answer.headers.setdefault(name, value)
    for name in _VARIES:
        answer.headers.add_vary_header(name)
    return answer
