"""Where parameters come from (rest-api 1.5) and what is said about wrong ones (1.6)."""

from __future__ import annotations

import pytest

from resources.parameters import MOST_PARAMETERS
from resources.wsgi import make_app

FORM = "application/x-www-form-urlencoded"
FIND = "/3.1/members/find"


def description(answer) -> str:
    return answer.json["description"]


class TestSources:
    def test_query_and_form_are_merged_and_the_form_wins(self, api, ant):
        answer = api.post(
            f"/3.1/lists/{ant}/config?description=query&info=query",
            {"description": "form"},
            status=405,
        )
        answer = api.patch(
            f"/3.1/lists/{ant}/config?description=query&info=query", {"description": "form"}
        )
        assert answer.status_int == 204
        config = api.get(f"/3.1/lists/{ant}/config").json
        assert (config["description"], config["info"]) == ("form", "query")

    def test_of_a_json_request_only_the_body_counts(self, api, ant):
        api.patch_json(f"/3.1/lists/{ant}/config?info=query", {"description": "json"})
        config = api.get(f"/3.1/lists/{ant}/config").json
        assert (config["description"], config["info"]) == ("json", "")

    def test_a_body_of_another_type_is_ignored(self, api):
        for content_type in ("text/plain", "multipart/form-data", "application/xml"):
            answer = api.post(
                "/3.1/domains", b"mail_host=a.b", content_type=content_type, status=400
            )
            assert description(answer) == "Missing Parameter: mail_host"

    def test_a_form_may_come_with_delete(self, api, subscribe):
        path = subscribe("anne@example.com")
        api.delete(path, params={"pre_confirmed": "maybe"}, status=400)
        api.delete(f"{path}?pre_confirmed=yes", status=204)

    def test_a_form_with_raw_bytes_is_read_as_utf_8(self, api, ant):
        body = "description=Grüße".encode()
        api.patch(f"/3.1/lists/{ant}/config", body, content_type=f"{FORM}; charset=utf-8")
        assert api.get(f"/3.1/lists/{ant}").json["description"] == "Grüße"

    @pytest.mark.parametrize("charset", ["latin-1", "UTF-16", "none-such", ""])
    def test_another_charset_is_not_believed(self, api, ant, charset):
        form = f"{FORM}; charset={charset}"
        path = f"/3.1/lists/{ant}/config"
        api.patch(path, "description=Grüße".encode(), content_type=form, status=204)
        assert api.get(f"/3.1/lists/{ant}").json["description"] == "Grüße"
        answer = api.post("/3.1/domains", b"zork=x", content_type=form, status=400)
        assert description(answer) == "Unexpected parameters: zork"
        answer = api.put(f"{path}/info", b"", content_type=form, status=400)
        assert description(answer) == "Missing Parameter: info"
        answer = api.patch(path, b"advertised=x", content_type=form, status=400)
        assert "Invalid boolean value: x" in description(answer)

    @pytest.mark.parametrize("body", [b"description=\xff", b"description=%FF"])
    def test_a_form_that_is_not_utf_8_is_refused(self, api, ant, body):
        answer = api.patch(f"/3.1/lists/{ant}/config", body, content_type=FORM, status=400)
        assert answer.json["title"] == "Invalid form"

    def test_json_null_and_an_empty_object_are_no_parameters(self, api):
        for body in (b"null", b"{}"):
            answer = api.post("/3.1/domains", body, content_type="application/json", status=400)
            assert description(answer) == "Missing Parameter: mail_host"

    @pytest.mark.parametrize("body", [b"", b"{", b"[]", b'"text"', b"7", b"\xff", b"[" * 100000])
    def test_json_that_is_no_object_is_refused(self, api, body):
        answer = api.post("/3.1/domains", body, content_type="application/json", status=400)
        assert answer.json["title"] == "Invalid JSON"

    def test_a_get_that_takes_parameters_reads_json_too(self, api):
        answer = api.get("/3.1/members", headers={"Content-Type": "application/json"}, status=400)
        assert answer.json["title"] == "Invalid JSON"

    def test_what_only_looks_like_json_is_415(self, api):
        api.post("/3.1/domains", b"{}", content_type="application/jsonx", status=415)

    def test_json_with_a_charset_is_json(self, api):
        body = b'{"mail_host": "example.net"}'
        api.post("/3.1/domains", body, content_type="application/json; charset=utf-8", status=201)

    def test_the_type_of_a_body_is_known_in_any_letter_case(self, api):
        body = b'{"mail_host": "example.net"}'
        api.post("/3.1/domains", body, content_type="Application/JSON", status=201)
        body = b"mail_host=example.org"
        api.post("/3.1/domains", body, content_type=FORM.title(), status=201)


class TestLimits:
    def test_a_body_that_is_too_large_is_413(self, api, settings):
        size = settings.webservice.max_body
        for content_type, body in (
            (FORM, b"mail_host=" + b"x" * size),
            ("application/json", b'{"mail_host": "' + b"x" * size + b'"}'),
        ):
            answer = api.post("/3.1/domains", body, content_type=content_type, status=413)
            assert answer.json["title"].startswith("413 ")

    def test_a_message_for_a_queue_may_be_larger(self, api, ant, settings):
        text = "Subject: x\n\n" + "x" * settings.webservice.max_body
        api.post("/3.1/queues/in", {"list_id": ant, "text": text}, status=201)

    def test_but_not_larger_than_any_message(self, api, ant, settings, engine, database):
        settings.mmcore.max_message_bytes = 1000
        client = type(api)(make_app(engine, database, settings))
        client.authorization = api.authorization
        text = "x" * (2**20 + 1000)
        client.post("/3.1/queues/in", {"list_id": ant, "text": text}, status=413)

    def test_too_many_parameters_are_413(self, api, ant):
        many = "&".join(["emails=a@b.cc"] * (MOST_PARAMETERS + 1))
        path = f"/3.1/lists/{ant}/roster/member"
        api.delete(path, many, content_type=FORM, status=413)
        api.delete(path, many.partition("&")[2], content_type=FORM, status=200)

    @pytest.mark.parametrize(
        "value", ["[" * 20 + "]" * 20, '{"a":' * 900 + "1" + "}" * 900, "[" * 900 + "]" * 900]
    )
    def test_deep_json_is_refused(self, api, value):
        body = f'{{"mail_host": {value}}}'.encode()
        answer = api.post("/3.1/domains", body, content_type="application/json", status=400)
        assert description(answer) == "Nested deeper than 16 levels"

    def test_flat_json_is_not_deep(self, api):
        answer = api.post_json("/3.1/domains", {"mail_host": [["x"], {"y": 1}]}, status=400)
        assert "Nested" not in description(answer)

    @pytest.mark.parametrize("number", ["9" * 5000, "1e999", "NaN", "-Infinity"])
    def test_odd_numbers_are_no_fault(self, api, ant, number):
        body = f'{{"max_message_size": {number}}}'.encode()
        path = f"/3.1/lists/{ant}/config"
        api.patch(path, body, content_type="application/json", status=400)
        api.get(f"/3.1/lists?count={number}", status=400)


class TestTexts:
    def test_unknown_names_go_first(self, api):
        answer = api.post("/3.1/members?zoo=1&ant=2&role=none", status=400)
        assert description(answer) == "Unexpected parameters: ant, zoo"

    def test_then_bad_values_by_name(self, api):
        answer = api.post("/3.1/members?role=none&delivery_mode=none&list_id=x", status=400)
        assert description(answer) == (
            'Invalid Parameter "delivery_mode": Accepted Values are: regular, plaintext_digests, '
            'mime_digests, summary_digests. Invalid Parameter "role": Accepted Values are: '
            "member, owner, moderator, nonmember."
        )

    def test_then_what_is_missing(self, api):
        answer = api.post("/3.1/members", status=400)
        assert description(answer) == "Missing Parameter: list_id, subscriber"
        assert answer.headers["Content-Type"] == "application/json; charset=UTF-8"

    def test_a_repeated_value_is_no_text(self, api):
        answer = api.post("/3.1/domains?mail_host=a.b&mail_host=c.d", status=400)
        assert description(answer).startswith('Invalid Parameter "mail_host": Expected a text')

    def test_json_booleans_must_be_booleans(self, api, ant):
        for value in (None, 7, [], {}):
            answer = api.patch_json(f"/3.1/lists/{ant}/config", {"advertised": value}, status=400)
            assert description(answer).startswith('Invalid Parameter "advertised": Invalid bool')

    def test_placeholders_in_a_value_are_only_text(self, api):
        answer = api.post("/3.1/members?role=${val}%24&list_id=x&subscriber=y", status=400)
        assert "Accepted Values are" in description(answer)

    def test_the_examples_of_the_contract(self, api, ant):
        config = f"/3.1/lists/{ant}/config"
        for parameters, text in (
            (
                {"archive_policy": "PUBLIC"},
                'Invalid Parameter "archive_policy": Accepted Values are: never, private, public.',
            ),
            (
                {"advertised": "maybe", "max_message_size": "-1"},
                'Invalid Parameter "advertised": Invalid boolean value: maybe. '
                'Invalid Parameter "max_message_size": Expected a non-negative integer: -1.',
            ),
            ({"volume": "3"}, "Read-only attribute: volume"),
            ({"colour": "red"}, "Unknown attribute: colour"),
        ):
            assert description(api.patch(config, parameters, status=400)) == text
        answer = api.get(f"{FIND}?colour=red", status=400)
        assert description(answer) == "Unexpected parameters: colour"
