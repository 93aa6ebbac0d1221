"""History as the city keeps it: how long, what is on hold, what ended and the proof of that."""
