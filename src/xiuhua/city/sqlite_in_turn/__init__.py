"""Django's SQLite backend with a queue at its door: see base."""
