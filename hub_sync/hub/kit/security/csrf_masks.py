"""Masks of CSRF tokens: a page carries its token in another form each time.

A compressed page must not hold a secret that stays the same beside a text of the reader's choice: from the page's length
the secret could be guessed bit by bit (BREACH, CVE-2013-3587). So a page's token is a random pad and the token's exclusive
or with it; both halves are random to whoever sees only lengths.
"""

import secrets

_TOKEN_BYTES = 32


def mask_token(token: str) -> str:
    """Return a token of 64 hexadecimal digits in a form that is another each time: 128 digits."""
    plain, pad = bytes.fromhex(token), secrets.token_bytes(_TOKEN_BYTES)
    return (pad + _exclusive_or(plain, pad)).hex()


def unmask_token(sent: str) -> str:
    """Return the token of its masked form; what is no masked form, as it was sent."""
    try:
        both = bytes.fromhex(sent)
    except ValueError:
        return sent
    if len(both) != 2 * _TOKEN_BYTES:
        return sent
    return _exclusive_or(both[:_TOKEN_BYTES], both[_TOKEN_BYTES:]).hex()


def _exclusive_or(left: bytes, right: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(left, right, strict=True))
