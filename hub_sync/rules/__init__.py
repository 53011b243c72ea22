"""Pure decisions that both sides call: ticket codec, admission, occupancy, opening hours, journal chain.

Import from the modules: `rules.tickets.ticket_codec`, `rules.admission`, `rules.rules_from_rows`, `rules.occupancy`,
`rules.times.opening_hours`, `rules.journal_chain`, `rules.text_normalization`.
"""
