"""The calendar of days off and make-up workdays, and the flags that are up."""
