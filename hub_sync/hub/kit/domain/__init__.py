"""The manifest of a domain (`manifest`), its parts, and the registry of all domains' manifests (`registry`)."""
