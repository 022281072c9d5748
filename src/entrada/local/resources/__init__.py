"""Azure's data planes: what the local cloud's principals get access to."""
