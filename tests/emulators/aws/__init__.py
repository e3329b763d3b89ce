"""The tests' and the demo's AWS: moto's server, made strict where AWS is strict and able to misbehave."""

from tests.emulators.aws.estate import Estate, GroundTruth
from tests.emulators.aws.faults import Fault
from tests.emulators.aws.server import AwsEmulator

__all__ = ["AwsEmulator", "Estate", "Fault", "GroundTruth"]
