"""Themes, icons, fonts, translations, tone settings, the demo event. Imports nobody; files are read by typed accessors."""
