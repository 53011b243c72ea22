"""The forms of operators in the console."""

from typing import Any

from pydantic import BaseModel, Field

from hub_sync.contract.enums import OperatorRole
from hub_sync.hub.console import FormInvalid, _
from hub_sync.hub.domains.operators.errors import PinInvalid, PinTooEasy
from hub_sync.hub.domains.operators.schemas import MAX_STATIONS, NewOperator, OperatorChanges
from hub_sync.hub.domains.operators.tables import StationOperator
from hub_sync.hub.kit.text_types import Id, ShortText
from hub_sync.rules.operator_pins import PinFault, PinRefused, read_pin


class OperatorForm(BaseModel):
    """The fields of both forms; `version` is the version that the form was rendered from."""

    name: ShortText
    role: OperatorRole
    pin: str = Field(default="", max_length=64)
    active: bool = False
    device_ids: list[Id] = Field(default=[], max_length=MAX_STATIONS)
    version: int | None = None

    def new_operator(self) -> NewOperator:
        """Return the form as a new operator.

        Raises:
            FormInvalid: 422, the PIN is missing or can't be used.
        """
        self._check_pin()
        return NewOperator.model_validate(self.model_dump(exclude={"version"}))

    def changes(self, before: StationOperator) -> OperatorChanges | None:
        """Return what the form changes of an operator, None if nothing. An empty PIN stays as it is.

        Raises:
            FormInvalid: 422, the PIN can't be used.
        """
        values = self.model_dump(exclude={"version", "pin"})
        changed: dict[str, Any] = {
            name: value for name, value in values.items() if getattr(before, name) != value
        }
        if self.pin:
            self._check_pin()
            changed["pin"] = self.pin
        return OperatorChanges.model_validate(changed) if changed else None

    def _check_pin(self) -> None:
        try:
            read_pin(self.pin)
        except PinRefused as refused:
            error = PinTooEasy if refused.fault is PinFault.EASY else PinInvalid
            raise FormInvalid({"pin": _(error.template)}) from None


class DeleteOperatorForm(BaseModel):
    """The version of the operator to delete."""

    version: int | None = None


def form_values(operator: StationOperator) -> dict[str, object]:
    """Return the operator as the initial values of their form."""
    return {
        "name": operator.name,
        "role": operator.role.value,
        "active": "1" if operator.active else "",
        "device_ids": operator.device_ids,
        "version": operator.version,
    }


def new_form_values() -> dict[str, object]:
    """Return the initial values of a new operator's form."""
    return {"name": "", "role": OperatorRole.STEWARD.value, "active": "1", "device_ids": []}
