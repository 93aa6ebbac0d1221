"""Existing brokers join the house: each message of theirs goes through our own MQTT door, and is
acknowledged to them when the door has acknowledged it to us, which means committed."""
