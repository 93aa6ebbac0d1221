"""Accounts' roles, teams, who is on duty."""
