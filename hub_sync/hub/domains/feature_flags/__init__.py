"""What parts of the hub a tenant has switched on."""
