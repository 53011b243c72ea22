"""The console's pages of stations. It has no tables: it looks at what other domains store of them."""
