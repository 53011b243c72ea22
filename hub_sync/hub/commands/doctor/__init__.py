"""`doorward-hub doctor`: checks of the hub and what surrounds it."""
