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
    """A cache of at most `max_size` values: the least recently used is removed first."""

    def __init__(self, max_size: int) -> None:
        self._max_size = max_size
        self._lock = threading.Lock()
        self._values: OrderedDict[bytes, T] = OrderedDict()

    def get(self, digest: bytes) -> T | None:
        """Return the value of a digest, or None."""
        with self._lock:
            value = self._values.get(digest)
            if value is not None:
                self._values.move_to_end(digest)
            return value

    def put(self, digest: bytes, value: T) -> None:
        """Store a value."""
        with self._lock:
            self._values[digest] = value
            self._values.move_to_end(digest)
            if len(self._values) > self._max_size:
                self._values.popitem(last=False)

    def remove(self, digest: bytes) -> None:
        """Remove a value, if there is one."""
        with self._lock:
            self._values.pop(digest, None)

    def __len__(self) -> int:
        return len(self._values)
