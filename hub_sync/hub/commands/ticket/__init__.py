"""`doorward-hub ticket issue` and `ticket open`."""
