"""Files on the station's disk: encrypted, written whole, locked; and the key that opens them."""
