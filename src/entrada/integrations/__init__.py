"""Credentials in libraries that are not Azure's: one module each, named as the library.

None of them is loaded unless it is imported, and none is a dependency of entrada.
"""
