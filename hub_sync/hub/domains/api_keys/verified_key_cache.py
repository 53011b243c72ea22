"""A cache of verified keys by SHA-256: bounded and thread-safe."""

import hashlib
import threading
from collections import OrderedDict
from typing import Generic, NamedTuple, TypeVar

T = TypeVar("T")


class KeyReference(NamedTuple):
    """The tenant and the id of a key."""

    tenant_id: str
    key_id: str


def cache_key(raw: str) -> bytes:
    """Return the hash by which a key is cached; the key itself is not stored."""
    return hashlib.sha256(raw.encode()).digest()


class LruCache(Generic[T]):
    """The most recently used so many; those that were not used longest are forgotten first."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._known: OrderedDict[bytes, T] = OrderedDict()

    def get(self, digest: bytes) -> T | None:
        """Return the value of a digest, or None."""
        with self._lock:
            value = self._known.get(digest)
            if value is not None:
                self._known.move_to_end(digest)
            return value

    def put(self, digest: bytes, what: T) -> None:
        """Remember."""
        with self._lock:
            self._known[digest] = what
            self._known.move_to_end(digest)
            if len(self._known) > self._most:
                self._known.popitem(last=False)

    def forget(self, digest: bytes) -> None:
        """Forget, if it was known."""
        with self._lock:
            self._known.pop(digest, None)

    def __len__(self) -> int:
        return len(self._known)
