"""The decisions of the desk screen, without Qt."""
