"""The station's settings: `station.toml` in its folder, over it the environment (`DOORWARD_…`), over it the command line."""

import ipaddress
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

from platformdirs import user_data_path
from pydantic import AfterValidator, Field, ValidationError
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from hardware.relay.board import MAX_PULSE_MS, MIN_PULSE_MS
from hub_sync.client.lan.socket import DEFAULT_PORT
from hub_sync.contract.passage import MAX_PASSAGE_WINDOW_S
from hub_sync.rules.operator_pins import PinRefused, read_pin
from resources.themes import THEMES
from resources.translations import LANGUAGES

SETTINGS_FILE = "station.toml"


class SettingsError(ValueError):
    """The settings can't be used; the message is a sentence for the person who wrote them."""


def _is_in(known: tuple[str, ...]) -> Callable[[str], str]:
    def check(value: str) -> str:
        if value not in known:
            raise ValueError(f"it must be one of {', '.join(known)}")
        return value

    return check


def _check_address(value: str) -> str:
    if value:
        try:
            ipaddress.ip_address(value)
        except ValueError:
            raise ValueError("it must be an IP address of this machine, or empty") from None
    return value


def _check_pin(value: str) -> str:
    if not value:
        return value
    try:
        return read_pin(value)
    except PinRefused:
        raise ValueError("it must be four to eight digits, and not easy to guess") from None


class StationSettings(BaseSettings):
    """The settings of this machine. Everything that the hub knows comes from the hub instead."""

    model_config = SettingsConfigDict(env_prefix="DOORWARD_", extra="forbid")

    mode: Annotated[str, AfterValidator(_is_in(("", "gate", "kiosk", "desk", "board")))] = ""
    """What the station runs as; empty: as it was chosen at the station or by the hub, else as its profile says."""
    hub: str = ""
    """The hub's address, which the first start offers to whoever types an enrolment code."""
    camera: str = "usb:0"
    """`usb:0`, `file:clip.mp4` or `images:folder`."""
    relay: str = ""
    """Such as `lcus:usb=1a86:7523,path=1-1.2`; empty: no turnstile."""
    printer: str = ""
    """Such as `escpos+tcp://192.0.2.7` or `pdf:///folder`; empty: no printer. The set-up's choice precedes it."""
    scanner: str = "keys:"
    """`keys:`, `evdev:///dev/input/by-id/…?layout=us` or `serial:///dev/serial/by-id/…`; the set-up's choice precedes it."""
    pulse_ms: int = Field(default=400, ge=MIN_PULSE_MS, le=MAX_PULSE_MS)
    group_gap_ms: int = Field(default=600, ge=0, le=10_000)
    """The time from the end of a pulse to the next one, where a group is admitted with one scan."""
    group_release: Annotated[str, AfterValidator(_is_in(("each", "once")))] = "each"
    """`each`: one pulse a person, for a turnstile. `once`: one pulse for all, for a door."""
    inputs: str = ""
    """Such as `passage=1,jam=3,fire=4:open`: the inputs of the relay board, with their roles; empty: no sensor."""
    input_board: str = ""
    """The address of a second board that has the inputs; empty: the relay board has them."""
    passage_window_s: float = Field(default=5.0, ge=1, le=MAX_PASSAGE_WINDOW_S)
    """The seconds from an admission in which the turnstile must turn."""
    sound: bool = True
    sound_device: str = ""
    language: Annotated[str, AfterValidator(_is_in(LANGUAGES))] = "en"
    theme: Annotated[str, AfterValidator(_is_in(THEMES))] = "dark"
    operator: str = ""
    lan: bool = True
    """Hear the event's other stations on the local network, where the hub lists some."""
    lan_port: int = Field(default=DEFAULT_PORT, ge=1024, le=65_535)
    lan_address: Annotated[str, AfterValidator(_check_address)] = ""
    """This machine's address there; empty: that of the interface which reaches the hub."""
    lan_multicast: bool = True
    """Look for them by mDNS, too, and not only by the list of the hub."""
    window: Annotated[str, AfterValidator(_is_in(("fullscreen", "window")))] = "fullscreen"
    kiosk_pin: Annotated[str, AfterValidator(_check_pin)] = Field(default="", repr=False)
    """The PIN of a kiosk's staff menu where the hub lists no operators; empty: then the menu does not open."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 -- named by the base class
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Return the sources: command line, then environment, then file."""
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls)


def default_folder() -> Path:
    """Return the folder of a station's files where no other is given."""
    return user_data_path("doorward-station")


def load_settings(folder: Path | None, **overrides: Any) -> StationSettings:
    """Read the settings for a folder, if any; `overrides` that are not None precede file and environment.

    Raises:
        SettingsError: a file that is not TOML, an unknown name or a bad value.
    """
    file = None if folder is None else folder / SETTINGS_FILE

    class ForThisFolder(StationSettings):
        model_config = SettingsConfigDict(env_prefix="DOORWARD_", extra="forbid", toml_file=file)

    try:
        return ForThisFolder(**{name: value for name, value in overrides.items() if value is not None})
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{file} is not TOML: {error}") from error
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(str(part) for part in first["loc"])
        raise SettingsError(f"The setting {name!r} is wrong: {first['msg']}.") from error
    except OSError as error:
        raise SettingsError(f"{file} could not be read: {error.strerror}.") from error
