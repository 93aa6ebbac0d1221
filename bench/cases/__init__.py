"""A million cases, and how long people wait."""
