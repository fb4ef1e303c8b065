"""`/lists/{list}/digest`."""

from __future__ import annotations

from datetime import timedelta

import pytest

from mmcore.interfaces.mailing_list import DigestFrequency
from mmcore.services.digests import collect
from tests.support.digests import post

DIGEST = "/3.1/lists/ant.example.com/digest"


@pytest.fixture
def numbers(api, ant):
    """(volume, number) of the next digest, as a client sees them."""

    def look():
        found = api.get(DIGEST).json
        assert set(found) == {"volume", "next_digest_number", "http_etag"}
        return found["volume"], found["next_digest_number"]

    return look


@pytest.fixture
def collected(engine, change, ant):
    """The list has collected a post."""
    with change() as site:
        collect(engine, site.lists.get("ant.example.com"), post(1))


class TestGet:
    @pytest.mark.parametrize("version", ["3.0", "3.1"])
    @pytest.mark.parametrize("name", ["ant.example.com", "ant@example.com"])
    def test_numbers_begin_with_one(self, api, ant, version, name):
        found = api.get(f"/{version}/lists/{name}/digest").json
        del found["http_etag"]
        assert found == {"next_digest_number": 1, "volume": 1}

    @pytest.mark.parametrize("method", ["get", "post"])
    @pytest.mark.parametrize(
        "path", ["/3.1/lists/bee.example.com/digest", f"{DIGEST}/x", f"{DIGEST}/"]
    )
    def test_other_places_do_not_exist(self, api, ant, method, path):
        assert "404" in getattr(api, method)(path, status=404).json["title"]

    def test_other_methods_do_not_exist(self, api, ant):
        for method in (api.put, api.patch, api.delete):
            assert method(DIGEST, status=405).headers["Allow"] == "GET, POST, OPTIONS"
        assert api.options(DIGEST).headers["Allow"] == "GET, POST"


class TestPost:
    def test_nothing_asked_for_is_nothing_done(self, api, numbers):
        answer = api.post(DIGEST, status=200)
        assert answer.body == b""
        assert answer.headers["Content-Length"] == "0"
        assert api.post_json(DIGEST, {}, status=200).body == b""
        assert numbers() == (1, 1)

    @pytest.mark.parametrize("post", ["post", "post_json"])
    def test_bump_goes_on_to_the_next_number(self, api, numbers, post):
        answer = getattr(api, post)(DIGEST, {"bump": True}, status=202)
        assert answer.body == b""
        assert numbers() == (1, 2)
        config = api.get("/3.1/lists/ant.example.com/config").json
        assert config["digest_last_sent_at"] is not None
        assert (config["volume"], config["next_digest_number"]) == (1, 2)

    def test_bump_begins_a_volume_with_the_period(self, api, numbers, change):
        api.post(DIGEST, {"bump": "yes"}, status=202)
        api.post(DIGEST, {"bump": "yes"}, status=202)
        assert numbers() == (1, 3)
        with change() as site:
            mlist = site.lists.get("ant.example.com")
            mlist.digest_volume_frequency = DigestFrequency.daily
            mlist.digest_last_sent_at -= timedelta(days=1)
        api.post(DIGEST, {"bump": "1"}, status=202)
        assert numbers() == (2, 1)
        assert api.get("/3.1/lists/ant.example.com").json["volume"] == 2

    @pytest.mark.parametrize(
        "given",
        [
            {"send": "yes"},
            {"periodic": "yes"},
            {"send": "no", "periodic": "no", "bump": "no"},
            {"send": "yes", "periodic": "no"},
        ],
    )
    def test_what_is_not_sent_takes_no_number(self, api, numbers, given):
        assert api.post(DIGEST, given, status=202).body == b""
        assert numbers() == (1, 1)

    @pytest.mark.parametrize("asked", ["send", "periodic"])
    def test_what_was_collected_is_sent(self, api, numbers, collected, asked):
        assert api.post(DIGEST, {asked: "yes"}, status=202).body == b""
        assert numbers() == (1, 2)
        assert api.get("/3.1/queues/digest").json["count"] == 1
        # All of it: there is nothing left to be sent.
        api.post(DIGEST, {asked: "yes"}, status=202)
        assert numbers() == (1, 2)

    def test_periodic_is_for_lists_that_want_it(self, api, numbers, collected):
        api.patch("/3.1/lists/ant.example.com/config", {"digest_send_periodic": "no"}, status=204)
        api.post(DIGEST, {"periodic": "yes"}, status=202)
        assert numbers() == (1, 1)
        assert api.get("/3.1/queues/digest").json["count"] == 0

    def test_bump_and_send_take_two_numbers(self, api, numbers, collected):
        api.post(DIGEST, {"bump": "yes", "send": "yes"}, status=202)
        assert numbers() == (1, 3)
        assert api.get("/3.1/queues/digest").json["count"] == 1

    def test_bump_and_send_of_nothing_take_one_number(self, api, numbers):
        api.post(DIGEST, {"bump": "yes", "send": "yes"}, status=202)
        assert numbers() == (1, 2)

    def test_parameters_may_stand_in_the_url(self, api, numbers):
        api.post(f"{DIGEST}?bump=yes", status=202)
        assert numbers() == (1, 2)

    @pytest.mark.parametrize(
        ("given", "description"),
        [
            (
                {"send": "yes", "periodic": "yes", "bump": "yes"},
                "send and periodic options are mutually exclusive",
            ),
            ({"bump": "maybe"}, 'Invalid Parameter "bump": Invalid boolean value: maybe.'),
            ({"bump": "yes", "dump": "yes"}, "Unexpected parameters: dump"),
        ],
    )
    @pytest.mark.parametrize("post", ["post", "post_json"])
    def test_bad_parameters_change_nothing(self, api, numbers, given, description, post):
        answer = getattr(api, post)(DIGEST, given, status=400)
        assert answer.json == {"title": "400 Bad Request", "description": description}
        assert numbers() == (1, 1)
