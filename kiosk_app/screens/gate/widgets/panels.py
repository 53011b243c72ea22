"""The panels for search, checkpoints, menu and quit."""

from PySide6.QtWidgets import QGridLayout

from kiosk_app.messages import VOLUMES, NameDisplay
from kiosk_app.screens.gate.presenter import actions
from kiosk_app.screens.gate.presenter.view_state import (
    CheckpointPanel,
    MenuPanel,
    QuitPanel,
    SearchPanel,
)
from kiosk_app.screens.gate.widgets.panel_base import PanelPage
from kiosk_app.ui.button import Button, ButtonKind
from kiosk_app.ui.item_list import ItemList
from kiosk_app.ui.style import Style
from resources.themes import THEMES
from resources.translations import LANGUAGES
from resources.translations.catalogue import Texts, texts


class SearchPage(PanelPage):
    """The search hits; the keyboard focus stays in the input line until Down is pressed."""

    def __init__(self) -> None:
        super().__init__(wide=True)
        self.hits = ItemList()
        self.hits.passes_letters = True
        self.column.addWidget(self.hits, 1)
        self.hits.selected.connect(lambda id_: self.action.emit(actions.PersonSelected(id_)))

    def apply_style(self, style: Style) -> None:
        """Apply another theme or scale."""
        super().apply_style(style)
        self.hits.apply_style(style)

    def show_panel(self, panel: SearchPanel) -> None:
        """Show the hits."""
        self.set_heading(panel.title, panel.text)
        self.hits.setAccessibleName(panel.title)
        self.hits.set_items(panel.rows)


class CheckpointPage(PanelPage):
    """The checkpoints to select from."""

    def __init__(self) -> None:
        super().__init__(wide=True)
        self.checkpoints = ItemList()
        self.close_button = Button(ButtonKind.PLAIN, "close", "Esc")
        self.column.addWidget(self.checkpoints, 1)
        self.add_footer(1, self.close_button)
        self.checkpoints.selected.connect(lambda id_: self.action.emit(actions.CheckpointSelected(id_)))
        self.close_button.clicked.connect(lambda: self.action.emit(actions.Dismissed()))

    def apply_style(self, style: Style) -> None:
        """Apply another theme or scale."""
        super().apply_style(style)
        self.checkpoints.apply_style(style)

    def show_panel(self, panel: CheckpointPanel, words: Texts) -> None:
        """Show the checkpoints."""
        self.set_heading(words("ui.checkpoint"), panel.text)
        self.close_button.setText(words("ui.close"))
        self.checkpoints.setAccessibleName(words("ui.checkpoint"))
        self.checkpoints.set_items(panel.rows)


_MODE_AFTER = {
    NameDisplay.FULL: NameDisplay.INITIALS,
    NameDisplay.INITIALS: NameDisplay.CODE,
    NameDisplay.CODE: NameDisplay.FULL,
}


class MenuPage(PanelPage):
    """Theme, language, set-up, full screen, quit. Its rows say what they are about: a gate with an alert has no room for headings."""

    def __init__(self) -> None:
        super().__init__()
        self.volume, self._volume_after = Button(ButtonKind.PLAIN, "sound"), VOLUMES[0]
        self.voice, self._speaks_after = Button(ButtonKind.PLAIN, "sound"), True
        self.names, self._names_after = Button(ButtonKind.PLAIN, "swap"), NameDisplay.FULL
        self.themes = {name: Button(ButtonKind.PLAIN, name) for name in THEMES}
        self.languages = {code: Button(ButtonKind.PLAIN) for code in LANGUAGES}
        self.full_screen, self.quit = (
            Button(ButtonKind.PLAIN, "full-screen", "F11"),
            Button(ButtonKind.PLAIN, "power"),
        )
        self.setup = Button(ButtonKind.PLAIN, "tools")
        self.event_button = Button(ButtonKind.PLAIN, "ticket", "F8")
        self.event_button.set_icons(after="chevron", leading=True)
        self.hand_over, self.lock = Button(ButtonKind.PLAIN, "person"), Button(ButtonKind.PLAIN, "override")
        self.close_button = Button(ButtonKind.PLAIN, "close", "Esc")
        self._grid = QGridLayout()
        for number, (name, button) in enumerate(self.themes.items()):
            button.setCheckable(True)
            button.clicked.connect(lambda _on=False, name=name: self.action.emit(actions.ThemeSelected(name)))
            self._grid.addWidget(button, 0, number)
        for number, (code, button) in enumerate(self.languages.items()):
            button.setCheckable(True)
            button.setText(texts(code).name)
            button.clicked.connect(
                lambda _on=False, code=code: self.action.emit(actions.LanguageSelected(code))
            )
            self._grid.addWidget(button, 1, number)
        self.setup.set_icons(after="chevron", leading=True)
        self._grid.addWidget(self.setup, 2, 0)
        self._grid.addWidget(self.voice, 2, 1)
        self._grid.addWidget(self.volume, 2, 2)
        self._grid.addWidget(self.names, 3, 0)
        for number, (button, action) in enumerate(self._operator_actions()):
            button.clicked.connect(lambda _on=False, action=action: self.action.emit(action))
            self._grid.addWidget(button, 3, number + 1)
        self._place_event_button(has_room=True)
        for number in range(3):
            self._grid.setColumnStretch(number, 1)
        self.column.addLayout(self._grid)
        self.add_footer(self.full_screen, self.quit, 1, self.close_button)
        self.volume.clicked.connect(lambda: self.action.emit(actions.VolumeSelected(self._volume_after)))
        self.voice.clicked.connect(lambda: self.action.emit(actions.VoiceSwitched(self._speaks_after)))
        self.names.clicked.connect(lambda: self.action.emit(actions.NameDisplaySelected(self._names_after)))
        self.event_button.clicked.connect(lambda: self.action.emit(actions.EventsRequested()))
        self.setup.clicked.connect(lambda: self.action.emit(actions.SetupRequested()))
        self.full_screen.clicked.connect(lambda: self.action.emit(actions.FullScreenToggled()))
        self.quit.clicked.connect(lambda: self.action.emit(actions.QuitRequested()))
        self.close_button.clicked.connect(lambda: self.action.emit(actions.Dismissed()))

    def _place_event_button(self, *, has_room: bool) -> None:
        """Put the button beside the names where nobody can hand over, else into a row of its own: Arabic rows are high."""
        self._grid.removeWidget(self.event_button)
        row, column, columns = (3, 1, 2) if has_room else (4, 0, 3)
        self._grid.addWidget(self.event_button, row, column, 1, columns)

    def _operator_actions(self) -> tuple[tuple[Button, actions.UserAction], ...]:
        return (
            (self.hand_over, actions.HandOverRequested()),
            (self.lock, actions.LockRequested()),
        )

    def apply_style(self, style: Style) -> None:
        """Apply another theme or scale."""
        super().apply_style(style)
        self._grid.setHorizontalSpacing(style.px(12))
        self._grid.setVerticalSpacing(style.px(8))

    def show_panel(self, panel: MenuPanel, words: Texts, theme: str) -> None:
        """Show the labels, who is signed on, and the current theme and language."""
        self.set_heading(words("menu.title"), panel.operator)
        for button, key in ((self.hand_over, "hand_over"), (self.lock, "lock")):
            button.setText(words(f"operator.{key}"))
            button.setVisible(panel.can_lock if button is self.lock else panel.can_hand_over)
        self._place_event_button(has_room=not (panel.can_hand_over or panel.can_lock))
        self.event_button.setVisible(bool(panel.event))
        self.event_button.setText(words("menu.event", name=panel.event))
        self.volume.setText(words("menu.volume", n=panel.volume))
        self._volume_after = VOLUMES[(VOLUMES.index(panel.volume) + 1) % len(VOLUMES)]
        self.voice.setText(words("menu.voice_on" if panel.speaks else "menu.voice_off"))
        self._speaks_after = not panel.speaks
        self.names.setText(words(f"menu.names.{panel.names.value}"))
        self._names_after = _MODE_AFTER[panel.names]
        for name, button in self.themes.items():
            button.setText(words(f"menu.theme.{name}"))
            button.setAccessibleName(f"{words('menu.theme')}: {button.text()}")
            button.setChecked(name == theme)
        for code, button in self.languages.items():
            button.setChecked(code == words.code)
            button.setAccessibleName(f"{words('menu.language')}: {button.text()}")
        self.setup.setText(words("menu.setup"))
        self.full_screen.setText(words("menu.full_screen"))
        self.quit.setText(words("menu.quit"))
        self.close_button.setText(words("ui.close"))


class QuitPage(PanelPage):
    """The question before the station closes. Its focus starts on Cancel, so that nobody closes a gate by accident."""

    def __init__(self) -> None:
        super().__init__()
        self.cancel, self.confirm = (
            Button(ButtonKind.PLAIN, "close", "Esc"),
            Button(ButtonKind.DANGER, "power"),
        )
        self.add_footer(1, self.cancel, self.confirm)
        self.cancel.clicked.connect(lambda: self.action.emit(actions.Dismissed()))
        self.confirm.clicked.connect(lambda: self.action.emit(actions.QuitConfirmed()))

    def show_panel(self, panel: QuitPanel, words: Texts) -> None:
        """Show the question, and how many scans are not sent yet."""
        self.set_heading(words("quit.title"), panel.text)
        self.cancel.setText(words("ui.cancel"))
        self.confirm.setText(words("quit.confirm"))
