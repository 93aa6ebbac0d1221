"""Rules and their versions."""
