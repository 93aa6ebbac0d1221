"""A neighbourhood of sensors that speaks to the front doors as real devices would.

What is said is a pure function of (seed, device, time, schedule); `transports` only carry it.
"""
