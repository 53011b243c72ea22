"""Pure decisions that both sides call: ticket codec, admission, occupancy, opening hours, journal chain.

Import from the modules: `rules.ticket`, `rules.admission`, `rules.occupancy`, `rules.opening`, `rules.journal`,
`rules.codes`, `rules.sentences`.
"""
