"""Stations in the fleet: enrolment, credentials, commands, kiosk sessions."""
