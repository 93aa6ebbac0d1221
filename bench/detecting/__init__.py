"""What `bench/detect.py` stands on: labelled series, injections, scorers, peers."""
