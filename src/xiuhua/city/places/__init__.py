"""The tree of places and their shapes on the map."""
