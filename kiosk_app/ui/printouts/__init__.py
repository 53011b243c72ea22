"""Slips and badges, drawn by Qt from our own layout, so that every script is shaped and ordered as on the screen.

They are drawn in the print's own process (`kiosk_app.workers.print_process`), for a roll as a black and white picture, for pages as PDF.
"""
