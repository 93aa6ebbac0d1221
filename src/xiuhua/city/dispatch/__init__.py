"""Dispatch 派遣: whose a matter is, who is nearest and free to go, and in which order to go round.

`problem`, `assigning` and `rounds` are pure: no Django, no clock. The rest of the room asks them.
"""
