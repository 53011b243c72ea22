"""The contract of station and hub: enums, errors, time, ids and wire models.

Import from the modules: `contract.enums`, `contract.sync`, `contract.errors`, `contract.clock`, `contract.ids`.
"""
