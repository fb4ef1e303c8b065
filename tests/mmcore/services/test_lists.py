from __future__ import annotations

import pytest

from mmcore.interfaces.address import InvalidEmailAddressError
from mmcore.interfaces.domain import BadDomainSpecificationError
from mmcore.interfaces.mailing_list import InvalidListNameError, ListAlreadyExistsError
from mmcore.interfaces.member import MemberRole
from mmcore.services.lists import NoSuchStyleError, create_list, remove_list


@pytest.fixture
def domain(site):
    return site.domains.add("example.com")


class TestCreateList:
    def test_the_default_style_is_that_of_the_site(self, engine, site, domain, settings):
        settings.styles.default = "private-default"
        mlist = create_list(engine, site, "Ant@example.com")
        assert mlist.list_id == "ant.example.com"
        assert mlist.advertised is False

    def test_a_style_can_be_chosen(self, engine, site, domain):
        mlist = create_list(engine, site, "ant@example.com", "legacy-announce")
        assert mlist.allow_list_posts is False

    def test_owners_are_subscribed_once_each(self, engine, site, domain):
        owners = ["Anne@example.com", "anne@example.com", "bart@example.com"]
        mlist = create_list(engine, site, "ant@example.com", owners=owners)
        assert mlist.owners.emails() == ["anne@example.com", "bart@example.com"]
        assert site.users.by_email("bart@example.com") is not None

    @pytest.mark.parametrize(
        ("address", "error"),
        [
            ("ant", InvalidEmailAddressError),
            ("a nt@example.com", InvalidEmailAddressError),
            ("a/b@example.com", InvalidListNameError),
            ("a+b@example.com", InvalidListNameError),
            ("ant@example.org", BadDomainSpecificationError),
        ],
    )
    def test_not_every_address_can_be_a_list(self, engine, site, domain, address, error):
        with pytest.raises(error):
            create_list(engine, site, address)

    def test_the_site_may_allow_more_characters(self, engine, site, domain, settings):
        settings.mmcore.listname_chars = "[a-z+/]"
        create_list(engine, site, "a+b@example.com")
        # A slash separates in URLs and file names: no site can allow it.
        with pytest.raises(InvalidListNameError):
            create_list(engine, site, "a/b@example.com")

    def test_a_second_one_is_an_error(self, engine, site, domain):
        create_list(engine, site, "ant@example.com")
        with pytest.raises(ListAlreadyExistsError):
            create_list(engine, site, "ANT@example.com")

    def test_nothing_is_created_in_an_unknown_style(self, engine, site, domain):
        with pytest.raises(NoSuchStyleError, match="Unknown list style: nope"):
            create_list(engine, site, "ant@example.com", "nope")
        assert len(site.lists) == 0

    def test_nothing_is_created_with_a_bad_owner(self, engine, site, domain):
        with pytest.raises(InvalidEmailAddressError):
            create_list(engine, site, "ant@example.com", owners=["nobody"])
        assert len(site.lists) == 0


class TestRemoveList:
    def test_memberships_go_and_people_stay(self, engine, site, mlist, anne):
        mlist.subscribe(anne.address, MemberRole.owner)
        remove_list(engine, mlist)
        assert site.lists.get("test@example.com") is None
        assert len(site.members) == 0
        assert anne.user is not None
