"""Property tests draw the same examples everywhere, and do not fail because the machine was busy."""

from hypothesis import HealthCheck, settings

settings.register_profile("descent", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("descent")
