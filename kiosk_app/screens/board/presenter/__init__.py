"""The decisions of the board screen, without Qt."""
