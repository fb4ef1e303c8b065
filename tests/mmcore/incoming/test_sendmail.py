"""The files for Sendmail."""

from __future__ import annotations


class TestSendmail:
    def test_domains_have_a_mailer_and_addresses_are_known(self, incoming, lists, settings):
        settings.mta.lmtp_host = "127.0.0.2"
        lists("ant@example.com")
        incoming("sendmail").regenerate()
        data = settings.paths.data_dir
        assert (data / "sendmail_mailertable").read_text() == "example.com mmcore:[127.0.0.2]\n"
        assert (data / "sendmail_lists").read_text() == (
            "ant@example.com ok\n"
            "ant-bounces@example.com ok\n"
            "ant-confirm@example.com ok\n"
            "ant-join@example.com ok\n"
            "ant-leave@example.com ok\n"
            "ant-owner@example.com ok\n"
            "ant-request@example.com ok\n"
            "ant-subscribe@example.com ok\n"
            "ant-unsubscribe@example.com ok\n"
        )

    def test_alias_domains_stand_beside_the_others(self, incoming, lists, settings):
        lists("a@shop.example.com", shop="lists.example.com")
        incoming("sendmail").regenerate()
        data = settings.paths.data_dir
        assert (data / "sendmail_mailertable").read_text() == (
            "lists.example.com mmcore:[127.0.0.1]\nshop.example.com mmcore:[127.0.0.1]\n"
        )
        assert len((data / "sendmail_lists").read_text().splitlines()) == 18
