"""QR codes as images: every pixel where segno puts it, and codes of tickets that are read like any other."""

from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from hardware.codes.engines import ZxingEngine
from hub_sync.hub.kit import qr_codes


@pytest.mark.parametrize("text", ["A", "A" * 300, "z" * 1200])
def test_a_png_is_pixel_by_pixel_the_picture_that_segno_writes(text: str) -> None:
    code = qr_codes.qr_code(text)
    ours = Image.open(BytesIO(qr_codes.png(code)))
    scale = ours.width // int(code.symbol_size(border=qr_codes.QUIET_ZONE)[0])
    reference = BytesIO()
    code.save(reference, kind="png", scale=scale, border=qr_codes.QUIET_ZONE)
    assert (ours.mode, ours.size) == ("1", (ours.width, ours.width))
    assert ours.width >= 640
    assert ours.tobytes() == Image.open(reference).convert("1").tobytes()


def test_the_code_of_a_ticket_has_one_mask_whatever_it_says_and_is_read() -> None:
    for number in range(8):
        text = f"{number}" * 300
        code = qr_codes.ticket_code(text, "Q")
        assert (code.mask, code.error) == (2, "Q")
        assert code.version == qr_codes.qr_code(text, "Q").version
        (hit,) = ZxingEngine().detect(
            np.asarray(Image.open(BytesIO(qr_codes.png(code))).convert("L"), np.uint8)
        )
        assert hit.text == text


def test_a_text_that_no_code_holds_is_refused_by_both() -> None:
    for make in (qr_codes.qr_code, qr_codes.ticket_code):
        with pytest.raises(qr_codes.TextTooLong, match="holds 4000 characters"):
            make("A" * 4000, "Q")
