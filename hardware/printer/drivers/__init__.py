"""Drivers of printers: one file for each way of printing."""
