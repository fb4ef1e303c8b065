"""Requests that write take turns; those that read do not wait for them."""

from __future__ import annotations

import threading
import time
from types import SimpleNamespace

from resources.writing import OneWriter


def request(method: str, attempt: int = 0) -> SimpleNamespace:
    return SimpleNamespace(method=method, environ={"retry.attempt": attempt})


class TestOneWriter:
    def test_writers_never_overlap(self):
        inside, most = [], []

        def handler(request):
            inside.append(1)
            most.append(len(inside))
            time.sleep(0.005)
            inside.pop()
            return "done"

        tween = OneWriter(handler, None)
        threads = [
            threading.Thread(target=tween, args=[request(method)])
            for method in ("POST", "PATCH", "DELETE", "PUT") * 3
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert most == [1] * 12

    def test_readers_do_not_wait(self):
        release = threading.Event()

        def handler(request):
            if request.method == "POST":
                release.wait(10)
            return request.method

        tween = OneWriter(handler, None)
        writer = threading.Thread(target=tween, args=[request("POST")])
        writer.start()
        assert tween(request("GET")) == "GET"
        release.set()
        writer.join()

    def test_a_repeated_attempt_waits_a_little(self):
        tween = OneWriter(lambda request: "done", None)
        begun = time.monotonic()
        assert tween(request("POST", attempt=3)) == "done"
        assert time.monotonic() - begun > 0.005
