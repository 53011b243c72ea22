"""Links to receipt printers: bytes go out and come in, and no call waits longer than it is allowed to."""
