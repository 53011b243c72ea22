from pathlib import Path

from hardware.printer import PrinterAddress
from kiosk_app.core.setup.printer_choice import load_printer, save_printer
from tests.support.builders.station import build_station_store


def test_the_chosen_printer_precedes_the_settings_and_no_printer_is_a_choice(tmp_path: Path) -> None:
    with build_station_store(tmp_path) as store:
        assert load_printer(store, "pdf:///a") == "pdf:///a"
        save_printer(store, PrinterAddress.parse("cups://Office"))
        assert load_printer(store, "pdf:///a") == "cups://Office"
        assert load_printer(store, "pdf:///a", printer="") == ""
        save_printer(store, None)
        assert load_printer(store, "pdf:///a") == ""
        store.settings.put("printer", "of another version")
        assert load_printer(store, "pdf:///a") == "pdf:///a"
