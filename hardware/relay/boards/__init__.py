"""Drivers of relay boards, a file for each kind, and the base of those that have no timer of their own."""
