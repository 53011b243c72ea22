"""Words to participants: e-mail, SMS, push, kiosk screens."""
