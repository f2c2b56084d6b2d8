"""Settings for all tests."""

from hypothesis import settings

# Machines are shared and noisy: a slow example says nothing.
settings.register_profile("dfcli", deadline=None)
settings.load_profile("dfcli")
