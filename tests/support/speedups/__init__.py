"""What spares tests time, and changes nothing that they prove: work of one test that serves the next."""
