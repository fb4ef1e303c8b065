"""How fast is a REST API of a list engine?  Any engine that speaks API 3.1 will do.

Fills a list over the API, then asks: one client after another for latencies, and
several at once for rates.  Prints one line a call, and JSON with `--json`.

    python bench/rest.py --url http://127.0.0.1:8001/3.1 --members 10000
"""

from __future__ import annotations

import argparse
import base64
import http.client
import json
import random
import statistics
import threading
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode, urlsplit

DOMAIN = "example.com"
#: Who subscribes without further questions.
WILLING = {"pre_verified": "true", "pre_confirmed": "true", "pre_approved": "true"}

#: (method, path, form)
Call = tuple[str, str, dict[str, str] | None]


class Client:
    """One connection, opened again when the server has closed it."""

    def __init__(self, options: argparse.Namespace) -> None:
        url = urlsplit(options.url)
        assert url.hostname is not None
        self.prefix = url.path
        account = f"{options.user}:{options.password}".encode()
        self.headers = {"Authorization": "Basic " + base64.b64encode(account).decode()}
        self.connection = http.client.HTTPConnection(url.hostname, url.port or 80, timeout=120)

    def call(
        self, method: str, path: str, form: dict[str, str] | None = None
    ) -> tuple[int, bytes]:
        """Status and body."""
        headers, body = dict(self.headers), None
        if form is not None:
            body = urlencode(form)
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        for attempt in range(2):
            try:
                self.connection.request(method, self.prefix + path, body, headers)
                response = self.connection.getresponse()
                return response.status, response.read()
            except (http.client.RemoteDisconnected, BrokenPipeError, ConnectionResetError):
                self.connection.close()
                if attempt:
                    raise
        raise AssertionError("unreachable")

    def must(self, method: str, path: str, form: dict[str, str] | None = None) -> bytes:
        """The body; SystemExit if the answer is an error."""
        status, body = self.call(method, path, form)
        if status >= 300:
            raise SystemExit(f"{method} {path}: {status} {body[:300]!r}")
        return body


def person(number: int) -> str:
    """The address of a member."""
    return f"member{number:07d}@example.net"


def together(
    options: argparse.Namespace, clients: int, work: Callable[[Client, int], int]
) -> float:
    """Calls per second of several clients; `work` returns how many it made."""
    made = [0] * clients
    barrier = threading.Barrier(clients + 1)

    def run(number: int) -> None:
        client = Client(options)
        client.must("GET", "/system/versions")
        barrier.wait()
        made[number] = work(client, number)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(clients)]
    for thread in threads:
        thread.start()
    barrier.wait()
    begun = time.perf_counter()
    for thread in threads:
        thread.join()
    return sum(made) / (time.perf_counter() - begun)


def latency(client: Client, times: int, call: Callable[[int], Call]) -> dict[str, float]:
    """Milliseconds of one call after another; the first few are not counted."""
    taken = []
    for number in range(times + 5):
        method, path, form = call(number)
        begun = time.perf_counter()
        client.must(method, path, form)
        taken.append((time.perf_counter() - begun) * 1000)
    taken = sorted(taken[5:])
    return {
        "median_ms": round(statistics.median(taken), 3),
        "p99_ms": round(taken[int(len(taken) * 0.99)], 3),
    }


def rate(options: argparse.Namespace, clients: int, call: Callable[[int], Call]) -> float:
    """Calls per second of `clients` for `--seconds`."""

    def work(client: Client, number: int) -> int:
        made, end = 0, time.perf_counter() + options.seconds
        while time.perf_counter() < end:
            client.must(*call(number * 100_003 + made))
            made += 1
        return made

    return round(together(options, clients, work), 1)


class Measures:
    """What can be measured; one method a name on the command line."""

    def __init__(self, options: argparse.Namespace) -> None:
        self.options = options
        self.client = Client(options)
        self.list_id = f"{options.list}.{DOMAIN}"
        self.found: dict[str, Any] = {"members": options.members}

    def say(self, name: str, value: Any) -> None:
        """Keep a figure, and print it."""
        self.found[name] = value
        print(f"{name:22} {value}", flush=True)

    def make_list(self, name: str) -> None:
        """Create a list and its domain, if they are not there."""
        self.client.call("POST", "/domains", {"mail_host": DOMAIN})
        self.client.call("POST", "/lists", {"fqdn_listname": f"{name}@{DOMAIN}"})
        self.client.must("GET", f"/lists/{name}.{DOMAIN}")

    def subscribe(self) -> None:
        """Fill the list: the first `--single` by one client, the rest by four."""
        self.make_list(self.options.list)
        members, single = self.options.members, min(self.options.single, self.options.members)

        def join(first: int, last: int, step: int) -> Callable[[Client, int], int]:
            def work(client: Client, number: int) -> int:
                numbers = range(first + number, last, step)
                for each in numbers:
                    form = {"list_id": self.list_id, "subscriber": person(each)}
                    form |= {"display_name": f"Member {each}", "send_welcome_message": "false"}
                    client.must("POST", "/members", form | WILLING)
                return len(numbers)

            return work

        self.say("subscribe_1_per_s", round(together(self.options, 1, join(0, single, 1)), 1))
        if members > single:
            figure = together(self.options, 4, join(single, members, 4))
            self.say("subscribe_4_per_s", round(figure, 1))

    def calls(self) -> None:
        """Latencies with one client, rates with eight."""
        members = self.options.members
        picked = random.Random(1).choices(range(members), k=4096)
        middle = max(1, members // 50 // 2)
        lists = f"/lists/{self.list_id}"

        def someone(number: int) -> str:
            return person(picked[number % len(picked)])

        asked: dict[str, Callable[[int], Call]] = {
            "get_list": lambda _: ("GET", lists, None),
            "get_config": lambda _: ("GET", f"{lists}/config", None),
            "get_member": lambda n: ("GET", f"{lists}/member/{someone(n)}", None),
            "get_user": lambda n: ("GET", f"/users/{someone(n)}", None),
            "roster_page": lambda _: (
                "GET", f"{lists}/roster/member?count=50&page={middle}", None
            ),
            "roster_pages": lambda n: (
                "GET",
                f"{lists}/roster/member?count=50&page={1 + picked[n % 4096] // 50}",
                None,
            ),
            "find_subscriber": lambda n: ("POST", "/members/find", {"subscriber": someone(n)}),
        }  # fmt: skip
        for name, call in asked.items():
            self.say(name, latency(self.client, self.options.requests, call))
            self.say(f"{name}_8_per_s", rate(self.options, 8, call))

    def patch(self) -> None:
        """Changing settings: one client one list, then four clients four lists."""
        names = [f"patched{number}" for number in range(4)]
        for name in names:
            self.make_list(name)

        def change(number: int, name: str) -> Call:
            form = {"description": f"changed {number}"}
            return "PATCH", f"/lists/{name}.{DOMAIN}/config", form

        times = self.options.requests
        self.say("patch_config", latency(self.client, times, lambda n: change(n, names[0])))

        def work(client: Client, number: int) -> int:
            for each in range(times):
                client.must(*change(each, names[number]))
            return times

        self.say("patch_config_4_per_s", round(together(self.options, 4, work), 1))

    def roster(self) -> None:
        """The whole roster in one answer."""
        begun = time.perf_counter()
        size = len(self.client.must("GET", f"/lists/{self.list_id}/roster/member"))
        self.say("roster_all_s", round(time.perf_counter() - begun, 3))
        self.say("roster_all_mb", round(size / 1e6, 1))


def main() -> None:
    """Measure what the command line names."""
    names = ("subscribe", "calls", "patch", "roster")
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("measures", nargs="*", metavar="MEASURE", help=" ".join(names))
    parser.add_argument("--url", default="http://127.0.0.1:8001/3.1")
    parser.add_argument("--user", default="restadmin")
    parser.add_argument("--password", default="restpass")
    parser.add_argument("--list", default="big", help="local part of the list")
    parser.add_argument("--members", type=int, default=10_000)
    parser.add_argument("--single", type=int, default=1000, help="subscribed by one client")
    parser.add_argument("--requests", type=int, default=200, help="of each call, for latencies")
    parser.add_argument("--seconds", type=float, default=3, help="of each rate")
    parser.add_argument("--json", help="write the figures to this file")
    options = parser.parse_args()
    measures = Measures(options)
    for name in options.measures or names:
        if name not in names:
            parser.error(f"no such measure: {name}; there are {', '.join(names)}")
        getattr(measures, name)()
    if options.json:
        with open(options.json, "w", encoding="utf-8") as file:
            json.dump(measures.found, file, indent=1)


if __name__ == "__main__":
    main()
