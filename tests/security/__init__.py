"""What must hold against a seat that is hostile, on real containers.

``controls.py`` lists what holds; each entry names the test that shows it and the way to remove the
control, and `make mutate` proves that the test notices.
"""
