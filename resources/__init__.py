"""Themes, icons, translations, tone settings, the demo event."""
