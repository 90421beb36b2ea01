"""How the site runs as a process: gunicorn's settings and worker, limits of bodies, the supervisor, stopping in order.

Gunicorn's own threaded worker does not do: it gives a thread to a client before the request has come in whole, so a
few slow senders occupy them all (ADR 32); and when it is told to stop it accepts nobody any more, so that new clients
wait unheard and long answers are killed with the process (ADR 36). `workers.PatientThreadWorker` mends both. Called by
`manage.py serve` and by gunicorn; knows nothing of the catalogue's rooms.
"""
