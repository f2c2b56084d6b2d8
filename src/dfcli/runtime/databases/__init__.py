"""Databases that can only be read, for SQL that nobody vouches for: `connect.Databases` opens them.

Queries run in processes of their own, one per connection, that can be bounded and killed. Each engine is a module
`_<engine>_worker.py`, which imports nothing of dfcli but `_serving.py` and `ops.database`, so that it starts at once.
"""
