"""What runs in a fresh process: ``PROBE.py NAME MODULE`` prints a figure.

It talks to what the environment names. A probe runs in the environment of the library it measures,
so it imports nothing else before the clock starts.
"""
