"""The tour is complete."""

from __future__ import annotations

import importlib
import pkgutil

import pytest
from mailmanclient.restobjects.domain import Domain
from mailmanclient.restobjects.member import Member

import tests.resources.mailmanclient as here
from tests.resources.mailmanclient.tour import TOURED, names_of, to_tour, tours


def test_every_class_is_toured():
    for info in pkgutil.iter_modules(here.__path__, f"{here.__name__}."):
        importlib.import_module(info.name)
    assert {cls.__qualname__ for cls in to_tour() - TOURED} == set()


def test_what_a_class_offers_includes_what_it_inherits_and_what_it_lets_set():
    names = {"mail_host", "owners", "create_list", "save", "delete", "rest_data"}
    assert names <= names_of(Domain)
    assert {"delivery_mode", "delivery_mode =", "preferences"} <= names_of(Member)


def test_a_tour_that_leaves_something_out_fails(client):
    @tours(Domain)
    def short(client):
        assert client.create_domain("example.com").mail_host == "example.com"

    with pytest.raises(pytest.fail.Exception, match=r"Domain\.add_owner"):
        short(client)
