"""Sealed datagrams between two stations, and the sessions that make repeated ones worthless. No socket, no clock.

    datagram = "DWL1" kind(1) sender(8) word(16) nonce(12) sealed content and tag
    kind     = 1 HELLO (no content), 2 WELCOME (content: the word of the HELLO), 3 DATA

- `sender` is the beginning of the fingerprint of the sender's public key. The whole head is authenticated.
- A key is of one pair, one direction and one kind: a reflected datagram, or one of another kind, is not opened.
- The key of DATA also depends on a random word of each side. A station changes its word with each session of a pair. A recorded
  session opens nothing afterwards, because the receiver has another word.
- HELLO asks for the other's word. It changes nothing at its receiver, so a repeated one is answered and has no effect.
- The nonce of DATA counts, and its receiver takes each number once (`_ReplayWindow`).
"""

import hmac
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import IntEnum
from hashlib import sha256

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from hub_sync.rules.device_keys import DeviceKey, DevicePublicKey

MAGIC = b"DWL1"
NAME_BYTES = 8
_WORD, _NONCE, _TAG = 16, 12, 16
_KIND_AT, _NAME_AT = len(MAGIC), len(MAGIC) + 1
_WORD_AT = _NAME_AT + NAME_BYTES
_NONCE_AT = _WORD_AT + _WORD
HEAD_BYTES = _NONCE_AT + _NONCE
MAX_DATAGRAM = 8_192
_WINDOW = 256


class DatagramKind(IntEnum):
    """The kind of a datagram."""

    HELLO = 1
    WELCOME = 2
    DATA = 3


def sender_name(datagram: bytes) -> bytes | None:
    """Return the name of the station that a datagram says it is from; None if it is none of ours at all."""
    if not HEAD_BYTES + _TAG <= len(datagram) <= MAX_DATAGRAM or not datagram.startswith(MAGIC):
        return None
    return datagram[_NAME_AT:_WORD_AT]


def name_of(key: DevicePublicKey) -> bytes:
    """Return the name of a station in datagrams."""
    return key.fingerprint[:NAME_BYTES]


class _ReplayWindow:
    """The numbers that came: each is taken once, and those far behind the highest not at all."""

    def __init__(self) -> None:
        self._highest, self._bits = -1, 0

    def take(self, number: int) -> bool:
        """Return True, and note the number, if it is new."""
        if number > self._highest:
            self._bits = (self._bits << min(number - self._highest, _WINDOW)) & (2**_WINDOW - 1) | 1
            self._highest = number
            return True
        behind = self._highest - number
        if behind >= _WINDOW or self._bits >> behind & 1:
            return False
        self._bits |= 1 << behind
        return True


@dataclass
class _Session:
    own_word: bytes
    peer_word: bytes
    sealing: ChaCha20Poly1305
    opening: ChaCha20Poly1305
    sent: int = 0
    window: _ReplayWindow = field(default_factory=_ReplayWindow)


@dataclass(frozen=True, slots=True)
class Opened:
    """The result of a datagram: content of DATA (None: there was none), a datagram to send back, a session that began."""

    content: bytes | None = None
    answer: bytes | None = None
    is_new_session: bool = False


NOTHING = Opened()


class PeerSession:
    """The session with one other station."""

    def __init__(
        self,
        own: DeviceKey,
        peer: DevicePublicKey,
        event: bytes,
        *,
        random: Callable[[int], bytes] = secrets.token_bytes,
    ) -> None:
        """Prepare a session. `event` is what both must have in common besides the list: tenant and event.

        Raises:
            ValueError: the other's key is one with which everybody would agree.
        """
        secret = own.agree(peer, b"doorward lan 1\0" + event)
        if secret is None:
            raise ValueError("a public key that gives no secret")
        self._secret, self._random = secret, random
        self._own_name, self._peer_name = name_of(own.public), name_of(peer)
        self._next_word = random(_WORD)
        self._session: _Session | None = None

    @property
    def is_open(self) -> bool:
        """True if DATA can be sent."""
        return self._session is not None

    def hello(self) -> bytes:
        """Return a datagram that asks the other station for its word."""
        return self._handshake(DatagramKind.HELLO, b"")

    def seal(self, content: bytes) -> bytes:
        """Return a datagram with content.

        Raises:
            LookupError: there is no session.
        """
        session = self._session
        if session is None:
            raise LookupError("no session")
        head = self._head(DatagramKind.DATA, session.own_word, session.sent.to_bytes(_NONCE))
        session.sent += 1
        return head + session.sealing.encrypt(head[_NONCE_AT:], content, head)

    def receive(self, datagram: bytes) -> Opened:
        """Take a datagram that names this peer as its sender (`sender_name`). One that is not the peer's changes nothing."""
        head, sealed = datagram[:HEAD_BYTES], datagram[HEAD_BYTES:]
        match head[_KIND_AT]:
            case DatagramKind.DATA:
                return self._receive_data(head, sealed)
            case DatagramKind.HELLO:
                return self._receive_hello(head, sealed)
            case DatagramKind.WELCOME:
                return self._receive_welcome(head, sealed)
        return NOTHING

    def _receive_hello(self, head: bytes, sealed: bytes) -> Opened:
        if self._open_handshake(head, sealed) != b"":
            return NOTHING
        return Opened(answer=self._handshake(DatagramKind.WELCOME, head[_WORD_AT:_NONCE_AT]))

    def _receive_welcome(self, head: bytes, sealed: bytes) -> Opened:
        if self._open_handshake(head, sealed) != self._next_word:
            return NOTHING
        self._begin(head[_WORD_AT:_NONCE_AT])
        return Opened(is_new_session=True)

    def _receive_data(self, head: bytes, sealed: bytes) -> Opened:
        word, number = head[_WORD_AT:_NONCE_AT], int.from_bytes(head[_NONCE_AT:])
        session = self._session
        if session is not None and session.peer_word == word:
            content = _open(session.opening, head, sealed)
            if content is not None:
                return Opened(content) if session.window.take(number) else NOTHING
        content = _open(self._cipher(DatagramKind.DATA, word, self._next_word, incoming=True), head, sealed)
        if content is None:
            return NOTHING
        self._begin(word).window.take(number)
        return Opened(content, is_new_session=True)

    def _begin(self, peer_word: bytes) -> _Session:
        own_word, self._next_word = self._next_word, self._random(_WORD)
        self._session = _Session(
            own_word,
            peer_word,
            self._cipher(DatagramKind.DATA, own_word, peer_word, incoming=False),
            self._cipher(DatagramKind.DATA, peer_word, own_word, incoming=True),
        )
        return self._session

    def _handshake(self, kind: DatagramKind, content: bytes) -> bytes:
        head = self._head(kind, self._next_word, self._random(_NONCE))
        return head + self._cipher(kind, b"", b"", incoming=False).encrypt(head[_NONCE_AT:], content, head)

    def _open_handshake(self, head: bytes, sealed: bytes) -> bytes | None:
        return _open(self._cipher(DatagramKind(head[_KIND_AT]), b"", b"", incoming=True), head, sealed)

    def _head(self, kind: DatagramKind, word: bytes, nonce: bytes) -> bytes:
        return b"".join((MAGIC, bytes((kind,)), self._own_name, word, nonce))

    def _cipher(
        self, kind: DatagramKind, sender_word: bytes, receiver_word: bytes, *, incoming: bool
    ) -> ChaCha20Poly1305:
        names = (self._peer_name, self._own_name) if incoming else (self._own_name, self._peer_name)
        purpose = b"".join((bytes((kind,)), *names, sender_word, receiver_word))
        return ChaCha20Poly1305(hmac.digest(self._secret, purpose, sha256))


def _open(cipher: ChaCha20Poly1305, head: bytes, sealed: bytes) -> bytes | None:
    try:
        return cipher.decrypt(head[_NONCE_AT:], sealed, head)
    except InvalidTag:
        return None
