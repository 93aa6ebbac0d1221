"""Work orders, their stages, steps and photos."""
