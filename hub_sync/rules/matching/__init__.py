"""How people are compared: normal forms of names, addresses, phone and document numbers."""
