"""`doorward-hub serve` and `worker`: processes that run until they are stopped."""
