"""Broadcasts: template versions sent to a frozen audience, with a ledger that says for each person what happened."""
