"""The tests' WorkOS: its sign-in, sessions, organizations and events, each answer held against WorkOS' description."""

from tests.emulators.workos.server import WorkOSEmulator
from tests.emulators.workos.world import World

__all__ = ["WorkOSEmulator", "World"]
