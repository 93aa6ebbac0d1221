"""The front doors under load, alone and beside their peers: `python -m bench.doors`."""
