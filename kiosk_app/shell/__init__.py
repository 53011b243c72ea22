"""The window around the screens, and how everything looks."""
