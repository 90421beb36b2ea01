"""The catalogue's commands: one of the doors.

Each parses its arguments, calls a room, and says on standard output what was done. Whoever runs one has the machine, so
no policy is asked. `console` has what they share. They never do a room's work themselves.
"""
