"""Headers and origin checks of console pages."""
