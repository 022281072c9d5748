"""entrada beside its peers, measured: ``make bench``, or ``python -m benchmarks --help``.

A *measure* is a row of a table: what is measured, in which unit, of which libraries, and the goal.
``groups`` has the measures, a file a subject, each with the place they run in; ``probes`` has what
runs in the fresh processes, with the interpreter of the library it measures.
"""
