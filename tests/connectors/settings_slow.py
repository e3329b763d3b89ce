"""sv0's settings for a real worker whose only source is tests.connectors.slow."""

from connectors import registry
from sv0.settings import *  # noqa: F403

registry.SOURCES = {"scripted": "tests.connectors.slow"}
AFTER_SCAN = "tests.connectors.scripted.evaluated"
