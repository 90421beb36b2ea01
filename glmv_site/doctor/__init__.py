"""Looks an installation over: what does not work, what to close before it faces the internet, and what to do.

`examination` asks a module for each subject; each yields findings and changes nothing. `manage.py doctor` prints them.
"""
