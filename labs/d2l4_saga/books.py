"""The shop's books: what stands for stock, payments and couriers is a file."""

from pathlib import Path


class Books:
    """Entries about orders, one a line."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def entries(self, order_id: str) -> list[str]:
        """Return what was entered about an order, in order of time."""
        lines = self._path.read_text().splitlines() if self._path.exists() else []
        entries = (line.partition(": ") for line in lines)
        return [entry for about, _, entry in entries if about == order_id]

    def enter(self, order_id: str, entry: str) -> None:
        """Enter something, unless it stands there already."""
        if entry in self.entries(order_id):
            return
        with self._path.open("a") as books:
            books.write(f"{order_id}: {entry}\n")
