"""Languages of the console: catalogues, dates and numbers."""
