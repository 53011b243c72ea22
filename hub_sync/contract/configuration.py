"""The settings of a station that the hub may set: names, kinds and bounds.

The hub has defaults for each event and profile, and overrides for single devices; the union of both is what it wants of a station
(`contract.fleet.ConfigurationRow`). A setting that the hub does not set stays as it is at the station. What the station's command line, its
environment or `station.toml` sets precedes the hub's; of what can be chosen on its screen, the last word counts.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, ConfigDict, Field, StringConstraints, ValidationError

from hub_sync.contract.enums import DeviceProfile
from hub_sync.contract.wire_model import WireModel

MAX_ADDRESS = 300
MAX_QUEUES_OF_KIOSK = 50
MAX_NOTICE = 200
"""Characters of the notice that every visitor reads; "" is none."""


class SettingGroup(StrEnum):
    """The heading that a setting stands under."""

    APPEARANCE = "appearance"
    SOUND = "sound"
    MACHINE = "machine"
    GATE = "gate"
    KIOSK = "kiosk"
    NETWORK = "network"


class SettingProblem(StrEnum):
    """Why a station can't take a value."""

    UNKNOWN = "unknown"
    """It knows no such setting."""
    INVALID = "invalid"
    """The value is of another kind, or out of bounds."""


@dataclass(frozen=True, slots=True)
class SettingInfo:
    """What is to be known of a setting beside its type."""

    group: SettingGroup
    profiles: tuple[DeviceProfile, ...] = ()
    """The only profiles that have it; empty: all."""
    unit: str = ""
    """`ms`, `s`, `%` or empty."""
    restarts: bool = False
    """It holds from the next start of the program on."""


def _has_no_control_character(text: str) -> str:
    if not text.isprintable():
        raise ValueError("it must be one line of printable characters")
    return text


def _is_unique(ids: tuple[str, ...]) -> tuple[str, ...]:
    if len(set(ids)) != len(ids):
        raise ValueError("it names something twice")
    return ids


_QueueIds = Annotated[
    tuple[Annotated[str, Field(min_length=36, max_length=36)], ...],
    Field(max_length=MAX_QUEUES_OF_KIOSK, strict=False, fail_fast=True),
    AfterValidator(_is_unique),
]
_Address = Annotated[
    str,
    StringConstraints(max_length=MAX_ADDRESS, strip_whitespace=True),
    AfterValidator(_has_no_control_character),
]
_Notice = Annotated[
    str,
    StringConstraints(max_length=MAX_NOTICE, strip_whitespace=True),
    AfterValidator(_has_no_control_character),
]
_Idle = Annotated[int, Field(ge=10, le=600)]
_Warning = Annotated[int, Field(ge=20, le=300)]
"""EN 301 549 asks for at least twenty seconds to answer a warning."""
_SELF_SERVICE = (DeviceProfile.KIOSK,)
_APPEARANCE = SettingInfo(SettingGroup.APPEARANCE)
_SOUND = SettingInfo(SettingGroup.SOUND)
_MACHINE = SettingInfo(SettingGroup.MACHINE, restarts=True)
_TURNSTILE = (DeviceProfile.GATE, DeviceProfile.KIOSK)
_KIOSK = SettingInfo(SettingGroup.KIOSK, _SELF_SERVICE)


class ConfigurationValues(WireModel):
    """The values of settings. None: the hub does not set it, and the station's own value stands.

    An address is what `station.toml` takes (`usb:0`, `lcus:usb=1a86:7523`, `keys:`); "" is none where the station can do without.
    `queues` are the ids of the queues that a kiosk offers; empty: those that are for self-service. Of the bounds that the
    station's own settings have, too, a test checks that they are the same.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    mode: Annotated[
        Literal["gate", "kiosk", "desk", "board"] | None, SettingInfo(SettingGroup.MACHINE, restarts=True)
    ] = None
    language: Annotated[Literal["en", "de", "ar"] | None, _APPEARANCE] = None
    theme: Annotated[Literal["light", "dark", "high-contrast"] | None, _APPEARANCE] = None
    names: Annotated[Literal["full", "initials", "code"] | None, _APPEARANCE] = None
    sound: Annotated[bool | None, SettingInfo(SettingGroup.SOUND, restarts=True)] = None
    volume: Annotated[Literal[25, 50, 75, 100] | None, SettingInfo(SettingGroup.SOUND, unit="%")] = None
    speaks: Annotated[bool | None, _SOUND] = None
    camera: Annotated[_Address | None, _MACHINE] = None
    scanner: Annotated[_Address | None, _MACHINE] = None
    printer: Annotated[_Address | None, SettingInfo(SettingGroup.MACHINE)] = None
    relay: Annotated[_Address | None, SettingInfo(SettingGroup.GATE, _TURNSTILE, restarts=True)] = None
    pulse_ms: Annotated[
        Annotated[int, Field(ge=100, le=2000)] | None,
        SettingInfo(SettingGroup.GATE, _TURNSTILE, "ms", restarts=True),
    ] = None
    passage_window_s: Annotated[
        Annotated[int, Field(ge=1, le=60)] | None,
        SettingInfo(SettingGroup.GATE, _TURNSTILE, "s", restarts=True),
    ] = None
    group_gap_ms: Annotated[
        Annotated[int, Field(ge=0, le=10_000)] | None,
        SettingInfo(SettingGroup.GATE, _TURNSTILE, "ms", restarts=True),
    ] = None
    group_release: Annotated[
        Literal["each", "once"] | None, SettingInfo(SettingGroup.GATE, _TURNSTILE, restarts=True)
    ] = None
    kiosk_notice: Annotated[_Notice | None, _KIOSK] = None
    typing: Annotated[bool | None, _KIOSK] = None
    search: Annotated[bool | None, _KIOSK] = None
    walk_in_numbers: Annotated[bool | None, _KIOSK] = None
    queues: Annotated[_QueueIds | None, _KIOSK] = None
    idle_s: Annotated[_Idle | None, SettingInfo(SettingGroup.KIOSK, _SELF_SERVICE, "s")] = None
    idle_warning_s: Annotated[_Warning | None, SettingInfo(SettingGroup.KIOSK, _SELF_SERVICE, "s")] = None
    low_reach: Annotated[bool | None, _KIOSK] = None
    lan: Annotated[bool | None, SettingInfo(SettingGroup.NETWORK, restarts=True)] = None

    def set_values(self) -> dict[str, Any]:
        """Return the values that are set, as JSON has them."""
        return self.model_dump(mode="json", exclude_none=True)


class SettingKind(StrEnum):
    """The kind of a setting's value."""

    CHOICE = "choice"
    SWITCH = "switch"
    NUMBER = "number"
    TEXT = "text"
    IDS = "ids"


@dataclass(frozen=True, slots=True)
class Setting:
    """A setting as a form or a page needs it."""

    name: str
    kind: SettingKind
    info: SettingInfo
    choices: tuple[str | int, ...] = ()
    minimum: int | None = None
    maximum: int | None = None

    def belongs_to(self, profile: str) -> bool:
        """Return True if stations of a profile have it."""
        return not self.info.profiles or profile in self.info.profiles


@cache
def settings() -> tuple[Setting, ...]:
    """Return all settings in the order of `ConfigurationValues`."""
    return tuple(_setting(name) for name in ConfigurationValues.model_fields)


def settings_of(profile: str) -> tuple[Setting, ...]:
    """Return the settings that stations of a profile have."""
    return tuple(setting for setting in settings() if setting.belongs_to(profile))


def read_values(values: Mapping[str, Any]) -> tuple[ConfigurationValues, dict[str, SettingProblem]]:
    """Return the values that this program understands, and the names of the others with the problem of each.

    A value that it can't take never keeps it from the others.
    """
    good: dict[str, Any] = {}
    problems: dict[str, SettingProblem] = {}
    for name, value in values.items():
        if name not in ConfigurationValues.model_fields:
            problems[name] = SettingProblem.UNKNOWN
            continue
        try:
            good[name] = getattr(ConfigurationValues.model_validate({name: value}), name)
        except ValidationError:
            problems[name] = SettingProblem.INVALID
    return ConfigurationValues(**good), problems


def _setting(name: str) -> Setting:
    field = ConfigurationValues.model_fields[name]
    info = next(item for item in field.metadata if isinstance(item, SettingInfo))
    schema = ConfigurationValues.model_json_schema()["properties"][name]["anyOf"][0]
    if "enum" in schema:
        return Setting(name, SettingKind.CHOICE, info, tuple(schema["enum"]))
    match schema["type"]:
        case "boolean":
            return Setting(name, SettingKind.SWITCH, info)
        case "integer":
            return Setting(name, SettingKind.NUMBER, info, (), schema["minimum"], schema["maximum"])
        case "array":
            return Setting(name, SettingKind.IDS, info)
        case _:
            return Setting(name, SettingKind.TEXT, info)
