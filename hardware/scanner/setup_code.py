"""The code that a scanner reads in the set-up, so that the station learns how it is set."""

SETUP_CODE = 'Doorward-Test_0123456789+/="@!azqwymAZQWYM'
"""It holds what layouts, caps lock and settings of scanners change: letters of both cases, digits and punctuation.

It begins and ends with letters that no prefix or suffix ends or begins with.
"""
