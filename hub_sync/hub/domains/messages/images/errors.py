"""Errors of images."""

from hub_sync.hub.kit.errors import Conflict, NotFound, Unprocessable
from hub_sync.hub.kit.i18n import N_


class MessageImageNotFound(NotFound):
    """There is no such image."""

    template = N_("There is no such image.")


class MessageImageUnreadable(Unprocessable):
    """A file is no image that can be decoded."""

    template = N_("This is not an image that can be read. Send a PNG, JPEG, GIF or WebP file.")


class MessageImageTooLarge(Unprocessable):
    """An image has too many pixels, or stays too large for a mail."""

    template = N_("This image is too large for a mail. Make it smaller, or save it as JPEG.")


class MessageImageNameInvalid(Unprocessable):
    """A name can't stand in an address."""

    template = N_("A name has letters from a to z, digits, dots, dashes and underscores, at most 40 of them.")


class MessageImageExists(Conflict):
    """There is an image of this name."""

    template = N_(
        "There is an image “%(name)s” already. Choose another name, for mails that were sent show it."
    )


class MessageImageInUse(Conflict):
    """A template shows the image."""

    template = N_("The template “%(name)s” shows this image. Take it out of the template first.")


class MessageImageInMessages(MessageImageInUse, variant=True):
    """A message shows the image, and its web copy would lack it."""

    template = N_("Messages that were made show the image “%(name)s”. It stays for their web copies.")


class TooManyMessageImages(Conflict):
    """There is no room for another image."""

    template = N_("There are %(limit)s images already. Delete those that no template shows.")


class MessageImageUnknown(Unprocessable):
    """A template shows an image that does not exist."""

    template = N_("There is no image “%(name)s”. Send it first, or correct its name.")


class MessageImagesTooLarge(Unprocessable):
    """The images of a template are too large together."""

    template = N_(
        "The images of this template have more than %(limit)s MiB together. Show fewer, or smaller ones."
    )
