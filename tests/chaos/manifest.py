"""What the broker declares: the market data's stream, and those that operators and other clients work on meanwhile."""
import json
import pathlib

BUILT_IN = pathlib.Path(__file__).resolve().parents[2] / "templates/streams.yaml"
SHARED = "SHARED"  # others change its configuration, too
OPERATED = "OPERATED"  # an operator deletes, restores and changes it
MOVED = "MOVED"  # it is migrated


class Manifest:
    """A folder of declarations, one stream a file."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir()
        self.streams = {}

    def take_built_in(self):
        self._write("market.yaml", BUILT_IN.read_text())

    def declare(self, name, **fields):
        """Adds fields to what is declared of it."""
        self.streams.setdefault(name, {"name": name}).update(fields)
        self._write(f"{name}.yaml", json.dumps({"streams": [self.streams[name]]}))

    def subjects(self, name):
        return self.streams[name]["subjects"]

    def _write(self, name, text):
        new = self.folder / f"{name}.new"
        new.write_text(text)
        new.rename(self.folder / name)
