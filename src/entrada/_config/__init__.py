"""Configuration documents: TOML, JSON, environment and mappings as one tree that knows its origins.

It knows nothing of Azure. Whoever reads a tree can say of each value in which file, on which line
or in which variable it stands.
"""
