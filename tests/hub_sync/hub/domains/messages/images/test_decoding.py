"""What is stored is decoded and written anew: nothing of the file that was sent is left but its pixels."""

import io
from typing import Any

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from hub_sync.hub.domains.messages.images import decoding
from hub_sync.hub.domains.messages.images.decoding import MAX_PIXELS, MAX_STORED, decode
from hub_sync.hub.domains.messages.images.errors import MessageImageTooLarge, MessageImageUnreadable

ORIENTATION, TURNED = 0x0112, 6


def file_of(image: Image.Image, file_format: str, **more: Any) -> bytes:
    file = io.BytesIO()
    image.save(file, file_format, **more)
    return file.getvalue()


def reread(content: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(content))
    image.load()
    return image


def test_a_png_keeps_its_pixels_and_loses_texts_and_what_is_behind_its_end() -> None:
    about = PngInfo()
    about.add_text("Author", "canary-author")
    logo = Image.new("RGBA", (60, 30), (200, 10, 20, 128))
    sent = file_of(logo, "PNG", pnginfo=about, exif=b"Exif\0\0canary-exif") + b"PK\x03\x04canary-archive"
    stored = decode(io.BytesIO(sent))
    assert (stored.media_type, stored.width, stored.height) == ("image/png", 60, 30)
    assert b"canary" not in stored.content
    assert reread(stored.content).convert("RGBA").getpixel((5, 5)) == (200, 10, 20, 128)


def test_a_photo_is_turned_upright_made_small_and_says_no_place() -> None:
    exif = Image.Exif()
    exif[ORIENTATION] = TURNED
    exif.get_ifd(0x8825)[1] = "N"
    photo = Image.new("RGB", (2400, 1200), "navy")
    stored = decode(io.BytesIO(file_of(photo, "JPEG", exif=exif, comment=b"canary")))
    image = reread(stored.content)
    assert (stored.media_type, image.size) == ("image/jpeg", (600, 1200))
    assert not image.getexif()
    assert b"canary" not in stored.content


def test_what_is_no_longer_small_as_png_becomes_a_jpeg_and_a_film_its_first_picture(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    film = [Image.new("P", (20, 10), color) for color in (1, 2)]
    stored = decode(io.BytesIO(file_of(film[0], "GIF", save_all=True, append_images=film[1:])))
    assert getattr(reread(stored.content), "n_frames", 1) == 1
    monkeypatch.setattr(decoding, "MAX_STORED", 30_000)
    noise = Image.effect_noise((200, 200), 90).convert("RGB")
    stored = decode(io.BytesIO(file_of(noise, "PNG")))
    assert stored.media_type == "image/jpeg"
    assert len(stored.content) <= decoding.MAX_STORED < MAX_STORED
    noise.putalpha(100)
    with pytest.raises(MessageImageTooLarge):
        decode(io.BytesIO(file_of(noise, "PNG")))


def test_a_bomb_is_refused_before_it_is_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    bomb = file_of(Image.new("1", (MAX_PIXELS // 1000, 1001)), "PNG")
    monkeypatch.setattr(Image.Image, "convert", None)
    with pytest.raises(MessageImageTooLarge):
        decode(io.BytesIO(bomb))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
        b"\x89PNG\r\n\x1a\n<script>alert(1)</script>",
        file_of(Image.effect_noise((90, 90), 90), "PNG")[:-900],
        file_of(Image.new("RGB", (9, 9)), "TIFF"),
    ],
    ids=["nothing", "svg", "a page that begins as PNG", "cut off", "another format"],
)
def test_what_is_no_whole_image_is_refused(content: bytes) -> None:
    with pytest.raises(MessageImageUnreadable):
        decode(io.BytesIO(content))
