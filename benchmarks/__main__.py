"""Start a local Redshift on free ports, measure it, print a table.

Figures are ratios against plain DuckDB on the same files and machine wherever there is something to
compare with, because seconds alone say more about the machine than about the software.
"""

import tempfile
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks import measures
from benchmarks.warehouse import warehouse


def main() -> None:
    console = Console()
    table = Table("measure", "result", "compared with")
    with tempfile.TemporaryDirectory() as folder, warehouse(Path(folder)) as running:
        for measure in measures.ALL:
            with console.status(f"measuring: {measure.__doc__}"):
                figure = measure(running, Path(folder))
            table.add_row(figure.name, figure.value, figure.compared_with)
    console.print(table)


if __name__ == "__main__":
    main()
