"""The API's documentation, served by the hub itself: `/docs` for people, `/openapi.json` for programs."""
