"""The widgets of the kiosk screen."""
