"""Commands that prepare the first run and start the processes."""
