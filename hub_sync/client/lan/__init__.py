"""The local network: stations of one event tell each other whom they admitted, so that a second entry is noticed without the hub.

Advisory: no decision waits for it. `engine.LanEngine` runs it on a thread of its own.
Decision: `docs/adr/0068-admissions-on-the-local-network.md`.
"""
