"""A new key pair and credential of this station, from the moment that they are made until the hub has taken both.

At no moment does the station know only a credential that the hub does not take: the new one is on disk before the hub hears of it, it is
used only once the hub has answered that it stored it, and the one before stays on disk until a call with the new one was answered.
"""

import secrets
from dataclasses import replace
from hashlib import sha256

from hub_sync.client.store.station.device_key import StoredDeviceKey
from hub_sync.client.store.station.settings import StoredSettings
from hub_sync.contract.fleet import KeyRotation
from hub_sync.rules.device_keys import DeviceKey

_PENDING, _BEFORE = "key_rotation", "credential_before"
_SECRET_BYTES = 32


class StoredRotation:
    """The rotation that is under way, if any."""

    def __init__(self, settings: StoredSettings, device_key: StoredDeviceKey) -> None:
        self._settings, self._device_key = settings, device_key

    def begin(self) -> None:
        """Make a new key pair and credential, unless a rotation is under way.

        Raises:
            StoreError: They could not be stored.
        """
        enrolment = self._settings.enrolment()
        if enrolment is not None and self._settings.get(_PENDING) is None:
            secret = secrets.token_urlsafe(_SECRET_BYTES)
            credential = f"dw_{enrolment.device_id}_{secret}"
            self._settings.put(_PENDING, {"credential": credential, "key": DeviceKey.generate().secret.hex()})

    @property
    def pending(self) -> KeyRotation | None:
        """What the hub must store; None: no rotation is under way."""
        saved = self._settings.get(_PENDING)
        if saved is None:
            return None
        key = DeviceKey(bytes.fromhex(saved["key"]))
        return KeyRotation(
            public_key=key.public.text, credential_hash=_hash_of_credential(saved["credential"])
        )

    def adopt(self) -> str | None:
        """Use the new key pair and credential, which the hub has stored. Return the credential; None: there is none.

        Raises:
            StoreError: Not all was written. A repeated call writes the rest.
        """
        saved, enrolment = self._settings.get(_PENDING), self._settings.enrolment()
        if saved is None or enrolment is None:
            return None
        if enrolment.credential != saved["credential"]:
            self._settings.put(_BEFORE, enrolment.credential)
        self._device_key.replace(DeviceKey(bytes.fromhex(saved["key"])))
        self._settings.save_enrolment(replace(enrolment, credential=saved["credential"]))
        self._settings.put(_PENDING, None)
        return str(saved["credential"])

    @property
    def is_unproven(self) -> bool:
        """True if no call with the new credential has been answered yet."""
        return self._settings.get(_BEFORE) is not None

    def confirm(self) -> None:
        """Forget the credential before, because a call with the present one was answered.

        Raises:
            StoreError: It could not be written.
        """
        if self.is_unproven:
            self._settings.put(_BEFORE, None)

    def swap(self) -> str | None:
        """Return the other credential, which is used from now on, because the hub does not know the present one; None: there is no other.

        A hub that was set back to a backup may know only the one before.

        Raises:
            StoreError: It could not be written.
        """
        before, enrolment = self._settings.get(_BEFORE), self._settings.enrolment()
        if before is None or enrolment is None:
            return None
        self._settings.put(_BEFORE, enrolment.credential)
        self._settings.save_enrolment(replace(enrolment, credential=before))
        return str(before)

    def abandon(self) -> None:
        """Drop a new key pair and credential that the hub does not take.

        Raises:
            StoreError: It could not be written.
        """
        self._settings.put(_PENDING, None)

    def forget(self) -> None:
        """Forget all of it, because the station is another device to a hub now."""
        for name in (_PENDING, _BEFORE):
            if self._settings.get(name) is not None:
                self._settings.put(name, None)


def _hash_of_credential(credential: str) -> str:
    return sha256(credential.split("_", 2)[2].encode()).hexdigest()
