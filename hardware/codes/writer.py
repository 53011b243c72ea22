"""Write QR codes, for what the station shows or prints itself."""

import numpy as np
import zxingcpp
from numpy.typing import NDArray


def qr_modules(text: str) -> NDArray[np.bool_]:
    """Return the modules of a QR code without its quiet zone, rows by columns; True is dark."""
    barcode = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode, ec_level="M")
    image: NDArray[np.uint8] = np.asarray(barcode.to_image(scale=1, add_quiet_zones=False))
    return np.equal(image, 0)
