"""What station and hub agree on: enums, permissions, flags, errors, time, ids and wire models.

Import from the modules: `contract.enums`, `contract.sync`, `contract.permissions`, `contract.flags`,
`contract.errors`, `contract.event_types`, `contract.clock`, `contract.ids`.
"""
