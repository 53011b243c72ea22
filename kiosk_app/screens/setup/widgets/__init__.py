"""The widgets of the set-up screen."""
