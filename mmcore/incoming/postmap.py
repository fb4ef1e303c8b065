"""Maps that Postfix's `postmap` compiles from texts."""

from __future__ import annotations

import os
import subprocess
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from mmcore.incoming.maps import MapFile
from mmcore.interfaces.incoming import MailServerError

#: What postmap appends to the name of the file that it makes, by the kind of the map.
COMPILED = {"hash": ".db", "lmdb": ".lmdb"}
#: Seconds that postmap gets for a file.
PATIENCE = 120.0


@dataclass
class CompiledMap(MapFile):
    """A map that `postmap` makes from a text; text and map are replaced together."""

    postmap: str
    kind: str

    @property
    def compiled(self) -> Path:
        """The map that Postfix reads."""
        return self.path.with_name(self.path.name + COMPILED[self.kind])

    @property
    def _compiled_new(self) -> Path:
        return self.new.with_name(self.new.name + COMPILED[self.kind])

    def is_right(self) -> bool:
        """Whether the text is right, and the map not older than it."""
        with suppress(OSError):
            age = self.path.stat().st_mtime_ns - self.compiled.stat().st_mtime_ns
            return age <= 0 and super().is_right()
        return False

    def install(self) -> None:
        """Compile the new text, and put both in the place of the old ones.

        Raises MailServerError, and then Postfix goes on with what there was.
        """
        with suppress(FileNotFoundError):
            self._compiled_new.unlink()
        try:
            self._compile()
            os.replace(self._compiled_new, self.compiled)
        except BaseException:
            with suppress(OSError):
                self._compiled_new.unlink()
            raise
        super().install()

    def _compile(self) -> None:
        command = [self.postmap, f"{self.kind}:{self.new}"]
        shown = " ".join(command)
        try:
            done = subprocess.run(
                command, stdin=subprocess.DEVNULL, capture_output=True, timeout=PATIENCE
            )
        except subprocess.TimeoutExpired:
            raise MailServerError(f"{shown} took more than {PATIENCE:.0f} seconds") from None
        except OSError as error:
            raise MailServerError(f"{shown} cannot be run: {error.strerror}") from error
        if done.returncode:
            said = done.stderr.decode("utf-8", "replace").strip()
            raise MailServerError(f"{shown} failed with status {done.returncode}: {said}")

    def remove(self) -> bool:
        """See that neither text nor map is there."""
        with suppress(FileNotFoundError):
            self.compiled.unlink()
        return super().remove()
