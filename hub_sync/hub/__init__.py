"""The bundled server."""
