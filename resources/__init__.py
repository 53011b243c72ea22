"""Themes, icons, fonts, translations, tone settings, the demo event. Imports none of our packages; files are read by typed accessors."""
