"""Frame to text: the decode pipeline and its engines."""
