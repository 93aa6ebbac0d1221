"""Residents: the only home of personal data, encrypted by field, every look recorded."""
