"""The embedded stack: one command that runs every part of the judge on one machine.

Valkey, the worker and the portal are ordinary processes; this package starts them in the right order,
notices when one dies, and takes all of them down again, whatever becomes of the terminal.
"""
