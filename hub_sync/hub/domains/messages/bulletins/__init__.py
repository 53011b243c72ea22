"""Bulletins: short messages on the screens of stations, which stand there while the hub can't be reached, too."""
