"""Connections that this process opens to web sites whose names an administrator has written into the settings.

Pictures are fetched through it, and whoever sends something out from the catalogue uses it too. It knows names,
addresses and one request at a time; it never follows a redirect, asks no proxy, and keeps nothing.
"""
