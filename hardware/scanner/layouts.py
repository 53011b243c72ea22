"""Keyboard layouts that scanners are set to: the character at each place of the keyboard.

The places are Linux input event codes, which are also the PC's scan codes. The tables are those of xkeyboard-config.
"""

import unicodedata
from collections.abc import Iterable

ROWS = ((41, *range(2, 14)), tuple(range(16, 28)), (*range(30, 41), 43), (86, *range(44, 54)))
"""The places of the keys that write characters, from the digits' row to the lowest."""
_PLACES = tuple(place for row in ROWS for place in row)
_SPACE = 57
_KEYPAD = dict(
    zip((82, 79, 80, 81, 75, 76, 77, 71, 72, 73, 83, 55, 74, 78, 98), "0123456789.*-+/", strict=True)
)
KEYPAD_DIGITS = {place: text for place, text in _KEYPAD.items() if text.isdigit()}
"""The digits of the numeric keypad, by place."""


class Layout:
    """The characters of a layout. A combining character stands for a dead key: it changes the next character."""

    def __init__(self, plain: str, shifted: str, *, alt_gr: str = "") -> None:
        """Take the characters in the order of `ROWS`; `alt_gr` holds pairs: a key's plain character and its third one."""
        third = dict(zip(alt_gr[::2], alt_gr[1::2], strict=True))
        self._characters = {(place, False, False): text for place, text in zip(_PLACES, plain, strict=True)}
        self._characters |= {(place, True, False): text for place, text in zip(_PLACES, shifted, strict=True)}
        self._characters |= {
            (place, False, True): third[text]
            for place, text in zip(_PLACES, plain, strict=True)
            if text in third
        }
        for shift in (False, True):
            self._characters[_SPACE, shift, False] = " "
            self._characters |= {(place, shift, False): text for place, text in _KEYPAD.items()}

    def character(self, place: int, *, shift: bool = False, alt_gr: bool = False) -> str:
        """Return the character of a key, a combining one for a dead key, empty for a key that writes nothing."""
        text = self._characters.get((place, shift, alt_gr), "")
        return "" if text == " " and place != _SPACE else text

    def keys(self) -> dict[str, tuple[int, bool, bool]]:
        """Return (place, shift, alt_gr) of each character that one key writes."""
        return {
            text: key
            for key, text in reversed(self._characters.items())
            if key[0] in (*_PLACES, _SPACE) and (text != " " or key[0] == _SPACE)
        }


def compose(characters: Iterable[str]) -> str:
    r"""Join the characters of keys: a dead key and a letter become one, a dead key and a space its own sign.

    >>> compose(["\u0301", "e", "\u0302", " ", "x"])
    'é^x'
    """
    text, dead = "", ""
    for character in characters:
        if dead:
            composed = unicodedata.normalize("NFC", character + dead)
            sign = _SIGNS.get(dead, "")
            text += composed if len(composed) == 1 else sign if character == " " else sign + character
            dead = ""
        elif character and unicodedata.combining(character):
            dead = character
        else:
            text += character
    return text + _SIGNS.get(dead, "")


_SIGNS = {
    "\u0300": "`",
    "\u0301": "\u00b4",
    "\u0302": "^",
    "\u0303": "~",
    "\u0308": "\u00a8",
    "\u0327": "\u00b8",
}
"""What a dead key writes by itself."""

LAYOUTS: dict[str, Layout] = {
    "us": Layout(
        "`1234567890-=qwertyuiop[]asdfghjkl;'\\<zxcvbnm,./",
        '~!@#$%^&*()_+QWERTYUIOP{}ASDFGHJKL:"|>ZXCVBNM<>?',
    ),
    "uk": Layout(
        "`1234567890-=qwertyuiop[]asdfghjkl;'#\\zxcvbnm,./",
        '¬!"£$%^&*()_+QWERTYUIOP{}ASDFGHJKL:@~|ZXCVBNM<>?',
        alt_gr="`|7{8[9]0}-\\q@\\|",
    ),
    "de": Layout(
        "\u03021234567890ß\u0301qwertzuiopü+asdfghjklöä#<yxcvbnm,.-",
        "°!\"§$%&/()=?\u0300QWERTZUIOPÜ*ASDFGHJKLÖÄ'>YXCVBNM;:_",
        alt_gr="7{8[9]0}ß\\q@+~<|",
    ),
    "ch": Layout(
        "§1234567890'\u0302qwertzuiopü\u0308asdfghjklöä$<yxcvbnm,.-",
        '°+"*ç%&/()=?\u0300QWERTZUIOPè!ASDFGHJKLéà£>YXCVBNM;:_',
        alt_gr="1|2@3#7|9]0}q@ü[ä{$}<\\",
    ),
    "fr": Layout(
        "²&é\"'(-è_çà)=azertyuiop\u0302$qsdfghjklmù*<wxcvbn,;:!",
        "~1234567890°+AZERTYUIOP\u0308£QSDFGHJKLM%µ>WXCVBN?./§",
        alt_gr="é~\"#'{([-|è`_\\ç^à@)]=}q@<|",
    ),
    "be": Layout(
        "²&é\"'(§è!çà)-azertyuiop\u0302$qsdfghjklmùµ<wxcvbn,;:=",
        "³1234567890°_AZERTYUIOP\u0308*QSDFGHJKLM%£>WXCVBN?./+",
        alt_gr='&|é@"#§^è{![ç{à})\\a@$]<\\',
    ),
    "es": Layout(
        "º1234567890'¡qwertyuiop\u0300+asdfghjklñ\u0301ç<zxcvbnm,.-",
        'ª!"·$%&/()=?¿QWERTYUIOP\u0302*ASDFGHJKLÑ\u0308Ç>ZXCVBNM;:_',
        alt_gr="º\\1|2@3#4~7{8[9]0}'\\q@+]ç}<|",
    ),
    "it": Layout(
        "\\1234567890'ìqwertyuiopè+asdfghjklòàù<zxcvbnm,.-",
        '|!"£$%&/()=?^QWERTYUIOPé*ASDFGHJKLç°§>ZXCVBNM;:_',
        alt_gr="7{8[9]0}'`ì~q@è[+]ò@à#",
    ),
    "pt": Layout(
        "\\1234567890'«qwertyuiop+\u0301asdfghjklçº\u0303<zxcvbnm,.-",
        '|!"#$%&/()=?»QWERTYUIOP*\u0300ASDFGHJKLÇª\u0302>ZXCVBNM;:_',
        alt_gr="2@7{8[9]0}'\\q@<\\",
    ),
    "se": Layout(
        "§1234567890+\u0301qwertyuiopå\u0308asdfghjklöä'<zxcvbnm,.-",
        '½!"#¤%&/()=?\u0300QWERTYUIOPÅ\u0302ASDFGHJKLÖÄ*>ZXCVBNM;:_',
        alt_gr="2@4$7{8[9]0}+\\q@<|",
    ),
    "dk": Layout(
        "½1234567890+\u0301qwertyuiopå\u0308asdfghjklæø'<zxcvbnm,.-",
        '§!"#¤%&/()=?\u0300QWERTYUIOPÅ\u0302ASDFGHJKLÆØ*>ZXCVBNM;:_',
        alt_gr="2@4$7{8[9]0}q@<\\",
    ),
    "no": Layout(
        "|1234567890+\\qwertyuiopå\u0308asdfghjkløæ'<zxcvbnm,.-",
        '§!"#¤%&/()=?\u0300QWERTYUIOPÅ\u0302ASDFGHJKLØÆ*>ZXCVBNM;:_',
        alt_gr="2@4$7{8[9]0}q@",
    ),
}
"""Layouts by the short names that scanners' manuals use, the likeliest first."""
