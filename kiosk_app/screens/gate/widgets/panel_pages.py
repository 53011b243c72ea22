"""The other panels: people found, checkpoints, menu, quit."""

from PySide6.QtWidgets import QGridLayout, QLabel

from kiosk_app.screens.gate import actions
from kiosk_app.screens.gate.view_state import CheckpointPanel, QuitPanel, SearchPanel
from kiosk_app.screens.gate.widgets.panel_page import PanelPage, row_of
from kiosk_app.ui.button import Button, Kind
from kiosk_app.ui.item_list import Choice, ChoiceList
from kiosk_app.ui.style import Look
from resources.themes import THEMES
from resources.translations import LANGUAGES, Texts, texts


class SearchPage(PanelPage):
    """The hits; the keyboard stays in the input line until it is sent here."""

    def __init__(self) -> None:
        super().__init__(wide=True)
        self.hits = ChoiceList()
        self.column.addWidget(self.hits, 1)
        self.hits.chosen.connect(lambda who: self.acted.emit(actions.PersonPicked(who)))

    def set_look(self, look: Look) -> None:
        """Wear another theme or size."""
        super().set_look(look)
        self.hits.set_look(look)

    def show_panel(self, panel: SearchPanel) -> None:
        """What was found."""
        self.say(panel.title, panel.text)
        self.hits.setAccessibleName(panel.title)
        self.hits.show_choices(
            tuple(
                Choice(
                    row.participant_id,
                    row.name,
                    row.line,
                    remark=row.chip.text if row.chip else "",
                    colour=row.chip.signal if row.chip else None,
                )
                for row in panel.rows
            )
        )


class CheckpointPage(PanelPage):
    """Where this gate stands."""

    def __init__(self) -> None:
        super().__init__(wide=True)
        self.choices = ChoiceList()
        self.close_button = Button(Kind.PLAIN, "close", "Esc")
        self.column.addWidget(self.choices, 1)
        self.column.addLayout(row_of(1, self.close_button))
        self.choices.chosen.connect(lambda which: self.acted.emit(actions.CheckpointPicked(which)))
        self.close_button.clicked.connect(lambda: self.acted.emit(actions.Dismissed()))

    def set_look(self, look: Look) -> None:
        """Wear another theme or size."""
        super().set_look(look)
        self.choices.set_look(look)

    def show_panel(self, panel: CheckpointPanel, words: Texts) -> None:
        """The checkpoints to pick from."""
        self.say(words("ui.checkpoint"), "")
        self.close_button.setText(words("ui.close"))
        self.choices.setAccessibleName(words("ui.checkpoint"))
        self.choices.show_choices(
            tuple(
                Choice(
                    row.id, row.name, row.line, icon="check" if row.current else "place", current=row.current
                )
                for row in panel.rows
            )
        )


class MenuPage(PanelPage):
    """Theme, language, full screen, quit."""

    def __init__(self) -> None:
        super().__init__()
        self._theme, self._language = QLabel(), QLabel()
        self.themes = {name: Button(Kind.PLAIN, name) for name in THEMES}
        self.languages = {code: Button(Kind.PLAIN) for code in LANGUAGES}
        self.full_screen, self.quit = Button(Kind.PLAIN, "full-screen", "F11"), Button(Kind.PLAIN, "power")
        self.close_button = Button(Kind.PLAIN, "close", "Esc")
        self._grid = QGridLayout()
        self._grid.addWidget(self._theme, 0, 0, 1, 3)
        self._grid.addWidget(self._language, 2, 0, 1, 3)
        for number, (name, button) in enumerate(self.themes.items()):
            button.setCheckable(True)
            button.clicked.connect(lambda _on=False, name=name: self.acted.emit(actions.ThemePicked(name)))
            self._grid.addWidget(button, 1, number)
        for number, (code, button) in enumerate(self.languages.items()):
            button.setCheckable(True)
            button.setText(texts(code).name)
            button.clicked.connect(lambda _on=False, code=code: self.acted.emit(actions.LanguagePicked(code)))
            self._grid.addWidget(button, 3, number)
        for number in range(3):
            self._grid.setColumnStretch(number, 1)
        self.column.addLayout(self._grid)
        self.column.addLayout(row_of(self.full_screen, self.quit, 1, self.close_button))
        self.full_screen.clicked.connect(lambda: self.acted.emit(actions.FullScreenToggled()))
        self.quit.clicked.connect(lambda: self.acted.emit(actions.QuitAsked()))
        self.close_button.clicked.connect(lambda: self.acted.emit(actions.Dismissed()))

    def set_look(self, look: Look) -> None:
        """Wear another theme or size."""
        super().set_look(look)
        self._grid.setHorizontalSpacing(look.px(12))
        self._grid.setVerticalSpacing(look.px(8))
        for label in (self._theme, self._language):
            label.setFont(look.font("body", bold=True))

    def show_panel(self, words: Texts, theme: str) -> None:
        """Labels, and what is chosen now."""
        self.say(words("menu.title"), "")
        self._theme.setText(words("menu.theme"))
        self._language.setText(words("menu.language"))
        for name, button in self.themes.items():
            button.setText(words(f"menu.theme.{name}"))
            button.setChecked(name == theme)
        for code, button in self.languages.items():
            button.setChecked(code == words.code)
        self.full_screen.setText(words("menu.full_screen"))
        self.quit.setText(words("menu.quit"))
        self.close_button.setText(words("ui.close"))


class QuitPage(PanelPage):
    """Nobody closes a gate by accident: the keyboard stands on Cancel."""

    def __init__(self) -> None:
        super().__init__()
        self.cancel, self.confirm = Button(Kind.PLAIN, "close", "Esc"), Button(Kind.DANGER, "power")
        self.column.addLayout(row_of(1, self.cancel, self.confirm))
        self.cancel.clicked.connect(lambda: self.acted.emit(actions.Dismissed()))
        self.confirm.clicked.connect(lambda: self.acted.emit(actions.QuitConfirmed()))

    def show_panel(self, panel: QuitPanel, words: Texts) -> None:
        """The question, and what stays behind."""
        self.say(words("quit.title"), panel.text)
        self.cancel.setText(words("ui.cancel"))
        self.confirm.setText(words("quit.confirm"))
