"""Pages that show commands with their output, tried out on a copy of the tree.

In such a page a block marked `sh` holds what is typed; the block marked `text`
or `json` right after it, if there is one, what is printed.  `…` in the output
stands for anything; ids, dates and paths need not be the same.  An id that a
page has shown may be used in the commands after it: what is typed is the id
that the run has in that place.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from tests.support.engine import ROOT, until
from tests.support.ports import free_ports

_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```\n", re.MULTILINE | re.DOTALL)
#: What changes something is typed once; everything else until the output is right.
_CHANGES = re.compile(r"smtplib| -d | --json | -X |\b(stop|restart|inject|unshunt)\b")
#: Where the pages say that the clone is.
SHOWN_DIRECTORY = "/home/you/mmcore"
#: Names made at random: of users, members, requests, queue entries, and tags.
_ID_PATTERN = r"\b(?:\d{10}\.\d+\+)?[0-9a-f]{40}\b|\b[0-9a-f]{32}\b|\b\d{30,39}\b"
ID = re.compile(_ID_PATTERN)
#: Where a page need not be like a run: an id, or anything at all.
_PLACE = re.compile(f"…|{_ID_PATTERN}")
_VOLATILE = (
    (r"<[0-9a-f]+\.[0-9a-f]+@", "<ID@"),
    (r"\b\d{10}\.\d+\b(?!\+[0-9a-f])", "TIME"),
    (r"(X-Request-Id: |\[)[0-9a-f]{16}\b", r"\1ID"),
    (r"\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d (GMT|[+-]\d{4})", "DATE"),
    (r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d[,.+:\d]*", "DATE"),
    (r"\b\d+\.\d ms\b", "N ms"),
    (r"\bpid \d+", "pid N"),
    (r" \(\d+\) ", " (N) "),
)


@dataclass(frozen=True)
class Step:
    """Something to type, and what is printed then (None: the page does not say)."""

    commands: str
    expected: str | None

    @property
    def reads(self) -> bool:
        """Whether it may be typed again."""
        return not _CHANGES.search(self.commands)


def steps(page: str) -> list[Step]:
    """What a page, or a part of one, shows."""
    found: list[Step] = []
    end = -1
    for match in _BLOCK.finditer(page):
        kind, text = match.groups()
        if kind == "sh":
            found.append(Step(text, None))
        elif kind in ("text", "json") and match.start() == end and found[-1].expected is None:
            found[-1] = Step(found[-1].commands, text)
        end = match.end()
    return found


def section(page: str, heading: str) -> str:
    """The part of a page under one of its headings of the second level."""
    return page.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]


def plain(text: str) -> str:
    """Output without what differs each time."""
    for pattern, stand_in in _VOLATILE:
        text = re.sub(pattern, stand_in, text)
    return "\n".join(line.rstrip() for line in text.strip().splitlines())


def ids(expected: str, actual: str) -> dict[str, str] | None:
    """The ids of a page, each with that of the run in its place; None if the output is another.

    `…` in the page fits anything.
    """
    page, pattern, shown = plain(expected), "", []
    end = 0
    for place in _PLACE.finditer(page):
        pattern += re.escape(page[end : place.start()])
        end = place.end()
        if place[0] == "…":
            pattern += ".*?"
        else:
            pattern += f"({_ID_PATTERN})"
            shown.append(place[0])
    pattern += re.escape(page[end:])
    match = re.fullmatch(pattern, plain(actual), re.DOTALL)
    if match is None:
        return None
    found: dict[str, str] = {}
    same = all(
        found.setdefault(name, real) == real
        for name, real in zip(shown, match.groups(), strict=True)
    )
    return found if same else None


def fits(expected: str, actual: str) -> bool:
    """Whether output is what a page says."""
    return ids(expected, actual) is not None


class Place:
    """A directory in which steps are done, beside an engine."""

    def __init__(self, directory: Path, ports: dict[str, str]) -> None:
        """`ports` are those that the pages show, each with that of the engine."""
        self.directory = directory
        self.ports = ports
        #: Ids that the pages have shown, each with that of this engine.
        self.ids: dict[str, str] = {}
        #: What the last commands printed.
        self.printed = ""

    @property
    def environment(self) -> dict[str, str]:
        """Ours, without what make and coverage left in it for their children."""
        left_out = ("COVERAGE_", "MAKE", "MFLAGS", "PYTHON", "MMCORE_", "LC_", "LANG")
        clean = {
            name: value for name, value in os.environ.items() if not name.startswith(left_out)
        }
        return clean | {"LC_ALL": "C.UTF-8", "PYTHONPATH": str(self.directory)}

    def _here(self, text: str) -> str:
        """Commands of a page, for the ports and ids that there are."""
        for shown, port in self.ports.items():
            text = re.sub(rf"\b{shown}\b", port, text)
        for shown, real in self.ids.items():
            text = text.replace(shown, real)
        return text

    def there(self, text: str) -> str:
        """Output, as if it had come from where the page was written."""
        for shown, port in self.ports.items():
            text = re.sub(rf"\b{port}\b", shown, text)
        return text.replace(str(self.directory), SHOWN_DIRECTORY)

    def type(self, commands: str) -> str:
        """Run commands; returns what they print."""
        done = subprocess.run(
            ["sh", "-c", self._here(commands)], cwd=self.directory, env=self.environment,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            text=True, timeout=30, check=False,
        )  # fmt: skip
        self.printed = self.there(done.stdout)
        return self.printed

    def is_right(self, expected: str | None, output: str) -> bool:
        """Whether output is what a page says, and its ids are where they were; keeps them."""
        if expected is None:
            return True
        found = ids(expected, output)
        if found is None or any(self.ids.get(name, real) != real for name, real in found.items()):
            return False
        self.ids |= found
        return True

    def try_out(self, step: Step) -> str:
        """Do a step; returns its output.  Fails if it is not what the page says."""

        def right() -> bool:
            return self.is_right(step.expected, self.type(step.commands))

        if step.reads:
            until(right, what=f"{step.commands}\nshould print\n{step.expected}")
        else:
            assert right(), f"{step.commands}\nprints\n{self.printed}\nnot\n{step.expected}"
        return self.printed

    def stop(self) -> None:
        """End the engine."""


def write_ini(directory: Path, rest: int, lmtp: int, public: int = 8002) -> Path:
    """`development.ini` for an engine with other ports."""
    text = (ROOT / "development.ini").read_text(encoding="utf-8")
    text = text.replace("[mta]\n", f"[mta]\nlmtp_port = {lmtp}\n")
    text = text.replace("[webservice]\n", f"[webservice]\nport = {rest}\n")
    text = text.replace("[public]\n", f"[public]\nport = {public}\n")
    text = text.replace("http://127.0.0.1:8002", f"http://127.0.0.1:{public}")
    path = directory / "development.ini"
    path.write_text(text, encoding="utf-8")
    return path


class Clone(Place):
    """A copy of the tree, with an environment that borrows the packages of this one."""

    def __init__(self, directory: Path) -> None:
        """Copy everything that is not ignored; the engine gets ports of its own."""
        rest, lmtp, public = free_ports(3)
        ports = {"8001": str(rest), "8024": str(lmtp), "8002": str(public)}
        super().__init__(directory, ports)
        self.run_process: subprocess.Popen[str] | None = None
        listed = subprocess.run(
            ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
            cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True,
        )  # fmt: skip
        for name in filter(None, listed.stdout.split("\0")):
            if (ROOT / name).is_file():
                (directory / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(ROOT / name, directory / name)
        write_ini(directory, rest, lmtp, public)
        self._make_environment()

    def _make_environment(self) -> None:
        """What `make setup` makes, without downloading anything."""
        venv = self.directory / ".venv"
        venv.mkdir()
        for name in ("lib", "pyvenv.cfg"):
            (venv / name).symlink_to(Path(sys.prefix) / name)
        (venv / "bin").mkdir()
        (venv / "bin" / "python").symlink_to(sys.executable)
        command = venv / "bin" / "mmcore"
        command.write_text('#!/bin/sh\nexec "${0%/*}/python" -m mmcore.commands.main "$@"\n')
        command.chmod(0o755)
        (venv / ".installed-in").write_text(f"{self.directory}\n")

    def start(self, commands: str) -> str:
        """Start an engine that stays in the foreground; returns its first lines."""
        output = self.directory / "run.out"
        with output.open("w", encoding="utf-8") as file:
            self.run_process = subprocess.Popen(
                ["sh", "-ec", commands], cwd=self.directory, env=self.environment,
                stdin=subprocess.DEVNULL, stdout=file, stderr=file, text=True,
                start_new_session=True,
            )  # fmt: skip

        def said() -> str:
            assert self.run_process is not None
            text = output.read_text(encoding="utf-8")
            assert self.run_process.poll() is None, text
            return text if "system/versions" in text else ""

        lines = until(said, 30, "the engine does not start")
        for port in self.ports.values():
            until(lambda port=port: _answers(int(port)), 30, f"nobody answers on port {port}")
        return self.there(lines)

    def stop(self) -> None:
        """End what is left of the engine."""
        if self.run_process is None:
            return
        if self.run_process.poll() is None:
            os.killpg(self.run_process.pid, signal.SIGTERM)
        self.run_process.wait(30)


def _answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        return False
    return True
