"""The presenters of the set-up pages, without Qt."""
