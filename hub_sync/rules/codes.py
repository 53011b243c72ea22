"""What people type: registration codes and names, forgiven as an operator expects."""

import re
import unicodedata

_CONFUSABLE = str.maketrans({"O": "0", "I": "1", "L": "1"})


def normal_code(text: str) -> str:
    """A registration code as it is compared: upper case, letters and digits only, O as 0 and I, L as 1.

    >>> normal_code(" reg-00 o1/l12 ")
    'REG0001112'
    """
    folded = unicodedata.normalize("NFKC", text).upper()
    return re.sub(r"[^0-9A-Z]", "", folded).translate(_CONFUSABLE)


def normal_name(text: str) -> str:
    """A name as it is searched: no accents, no case, single spaces; José is found when Jose is typed.

    >>> normal_name("  José  Ångström-Weiß ")
    'jose angstrom-weiss'
    """
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return " ".join("".join(c for c in decomposed if not unicodedata.combining(c)).split())
