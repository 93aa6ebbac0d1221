"""Alerts, their changes, who was called."""
