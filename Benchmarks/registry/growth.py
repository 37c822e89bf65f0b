"""How the time of a read depends on how many versions there are: the same reads on registries of several sizes."""

import os
import sys

import fill
import load
import servers
from contest import figure

SIZES = [int(text) for text in os.environ.get("GROWTH", "1000,1000000").split(",")]
SECONDS = int(os.environ.get("SECONDS_PER_CELL", "6"))
VERSIONS = 100
# Gets that no cache of answers knows: it would hold all of the small registry and little of the large one.
OPERATIONS = {
    "fresh": "get version",
    "fresh_alias": "get by alias",
    "page": "search by name",
    "search": "search by tag",
}


def run(gatehouse, folder):
    """Prints the table; the registries are filled through SQL, a million versions in about a minute."""
    figures = {}
    for size in SIZES:
        server = servers.gatehouse(gatehouse, folder / f"growth-{size}", f"{size:,} versions")
        server.start()
        server.stop()
        models = max(size // VERSIONS, 1)
        fill.fill_gatehouse(server.database, models, VERSIONS)
        try:
            server.start()
            for operation in OPERATIONS:
                # Every request of the large registry shall find its pages in memory, as those of the small one do.
                load.run(server, operation, 16, SECONDS, models, VERSIONS, "/dev/null", seed=1)
                figures[size, operation] = load.run(
                    server, operation, 1, SECONDS, models, VERSIONS, "/dev/null", seed=2
                )
            print(
                f"\n{size:,} versions: {server.database.stat().st_size / 1e6:,.0f} MB database, "
                f"{server.memory_megabytes():.0f} MB memory, "
                f"first answer after {server.first_answer_s[-1] * 1000:.0f} ms"
            )
        finally:
            server.stop()
    print(f"\nlatency as the registry grows, 1 connection   load {os.getloadavg()[0]:.1f}")
    print(f"  {'':16} " + " ".join(f"{size:>16,}" for size in SIZES) + "   growth")
    for operation, title in OPERATIONS.items():
        cells = [figures[size, operation] for size in SIZES]
        print(
            f"  {title:16} "
            + " ".join(f"{cell.p50_ms:13.3f} ms" for cell in cells)
            + f"   {figure(cells[-1].p50_ms / cells[0].p50_ms)}"
        )
    sys.stdout.flush()
