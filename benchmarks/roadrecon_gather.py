"""How long does `roadrecon gather` take, and how much memory, from a stand-in instead of graph.windows.net?

Run by benchmarks/entra.py with the Python of roadrecon's own virtual environment: roadrecon_gather.py URL FOLDER, where
FOLDER has the token as roadrecon keeps one, and gets its database. Its calls go to URL, are not paced, and leave out
`applicationRefs`, one for each service principal, which sv0 has no use for either.
"""

import argparse
import json
import resource
import sqlite3
import sys
import time
from pathlib import Path
from typing import Any

import aiohttp  # type: ignore[import-not-found,unused-ignore]
from roadtools.roadrecon import gather  # type: ignore[import-not-found]

THERE = "https://graph.windows.net"


def main() -> None:
    url, folder = sys.argv[1], Path(sys.argv[2])
    database = folder / "roadrecon.db"
    lead_to(url)
    parser = argparse.ArgumentParser()
    gather.getargs(parser)
    began, busy = time.perf_counter(), time.process_time()
    gather.main(parser.parse_args(["-d", str(database), "-f", str(folder / "token.json")]))
    seconds, cpu_seconds = time.perf_counter() - began, time.process_time() - busy
    print(
        json.dumps({"seconds": seconds, "cpu_seconds": cpu_seconds, "rss_mib": peak_mib(), "rows": rows_of(database)})
    )


def lead_to(url: str) -> None:
    """Have roadrecon ask the stand-in, as fast as it can."""

    class Session(aiohttp.ClientSession):  # type: ignore[misc,unused-ignore]
        def get(self, address: str, **more: Any) -> Any:
            return super().get(address.replace(THERE, url, 1), **more)

    async def nothing(*_: Any, **__: Any) -> None:
        """In the place of what isn't compared."""

    aiohttp.ClientSession = Session
    gather.DataDumper.dump_each = nothing
    gather.MAX_REQ_PER_SEC = 1e9


def rows_of(database: Path) -> dict[str, int]:
    """What was written, to show that nothing failed on the way."""
    connection = sqlite3.connect(database)
    tables = ("ServicePrincipals", "Applications", "Users", "AppRoleAssignments", "OAuth2PermissionGrants")
    return {table: connection.execute(f"SELECT COUNT(*) FROM {table}").fetchone()[0] for table in tables}


def peak_mib() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


if __name__ == "__main__":
    main()
