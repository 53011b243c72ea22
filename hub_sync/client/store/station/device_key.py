"""The key pair of this station in its store: made at the enrolment, or at the first start of a program that needs it."""

from hub_sync.client.store.station.settings import StoredSettings
from hub_sync.rules.device_keys import DeviceKey

_SECRET, _PUBLIC = "device_key", "device_public_keys"


class StoredDeviceKey:
    """The stored key pair. Any thread's session may ask for it: all get the same one."""

    def __init__(self, settings: StoredSettings) -> None:
        self._settings = settings
        self._key: DeviceKey | None = None

    def get_or_create(self) -> DeviceKey:
        """Return the key pair; make it if there is none.

        Raises:
            StoreError: It could not be read or written.
        """
        secret = bytes.fromhex(self._settings.get_or_put(_SECRET, DeviceKey.generate().secret.hex()))
        if self._key is None or self._key.secret != secret:
            self._key = DeviceKey(secret)
            self._record(self._key)
        return self._key

    def replace(self, key: DeviceKey) -> None:
        """Use another key pair, because the station is another device to a hub now.

        Raises:
            StoreError: It could not be written.
        """
        self._settings.put(_SECRET, key.secret.hex())
        self._record(key)

    def public_keys(self) -> tuple[str, ...]:
        """Return the public halves of all key pairs that this store ever had, newest first."""
        return tuple(self._settings.get(_PUBLIC, ()))

    def _record(self, key: DeviceKey) -> None:
        known = self._settings.get(_PUBLIC, ())
        if key.public.text not in known:
            self._settings.put(_PUBLIC, [key.public.text, *known])
