"""Feature flags: parts of the hub that a tenant can switch on."""
