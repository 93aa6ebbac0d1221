"""The public's door: anybody reports a matter without a log-in, and follows it with a receipt."""
