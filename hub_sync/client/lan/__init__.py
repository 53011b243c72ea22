"""The local network: stations of one event tell each other whom they admitted, so that a second entry is noticed without the hub.

A message is authentic and worthless if it is repeated (`sessions`), and is taken from stations of the hub's list only (`node`). It is advisory:
no decision waits for it, and it is merged with this station's own rows and the hub's (`store.journal.peer_presence`, `rules.presence`).
`engine.LanEngine` runs all of it on a thread of its own.
Decision: `docs/adr/0068-admissions-on-the-local-network.md`.
"""
