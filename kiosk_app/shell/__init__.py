"""The Qt application and the window around a screen."""
