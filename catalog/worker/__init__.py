"""The loop that runs background work for ever, in small steps, until the process is told to end.

It knows the protocol `jobs.Job` only: claim, run one step, release. Rooms offer theirs in their `jobs.py`;
`manage.py work` puts them together. It keeps nothing that could be lost with it, and never knows what a job is about.
"""
