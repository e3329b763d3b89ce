"""What time does moto believe it is: the estate's past while it is built, the present afterwards."""

import datetime
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from unittest.mock import patch

import moto.core.utils
import moto.s3.models
import moto.secretsmanager.models


class Clock:
    """The time of moto's `utcnow`, of its buckets and of its secrets; the machine's until `at` is set."""

    def __init__(self) -> None:
        self.at: datetime.datetime | None = None

    def now(self, tz: datetime.tzinfo | None = None) -> datetime.datetime:
        if self.at is None:
            return datetime.datetime.now(tz)
        return self.at.astimezone(tz) if tz else self.at.replace(tzinfo=None)

    def time(self) -> float:
        return time.time() if self.at is None else self.at.timestamp()

    @contextmanager
    def installed(self) -> Iterator[None]:
        """Let moto ask this clock."""
        clock = self

        class Datetime(datetime.datetime):
            @classmethod
            def now(cls, tz: datetime.tzinfo | None = None) -> datetime.datetime:  # type: ignore[override]
                return clock.now(tz)

        names = {name: getattr(datetime, name) for name in datetime.__all__}
        calendar = SimpleNamespace(**{**names, "datetime": Datetime})
        seconds = SimpleNamespace(time=self.time)
        with (
            patch.object(moto.core.utils, "datetime", calendar),
            patch.object(moto.s3.models, "datetime", calendar),
            patch.object(moto.secretsmanager.models, "time", seconds),
        ):
            yield
