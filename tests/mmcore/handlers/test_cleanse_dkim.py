from __future__ import annotations

TEXT = """\
DKIM-Signature: v=1; d=example.org
DomainKey-Signature: a=rsa-sha1
Authentication-Results: mx.example.org; dkim=pass
Subject: x

"""


class TestCleanseDKIM:
    def test_signatures_stay_as_a_rule(self, handle):
        assert not handle("cleanse-dkim", TEXT)[0].header_changed

    def test_a_site_can_have_them_removed(self, handle, engine):
        engine.settings.mta.remove_dkim_headers = True
        assert handle("cleanse-dkim", TEXT)[0].keys() == ["Subject"]

    def test_our_own_results_stay_for_they_are_to_be_sealed(self, handle, engine):
        engine.settings.mta.remove_dkim_headers = True
        msg = handle("cleanse-dkim", TEXT, authserv_id="mx.example.org")[0]
        assert msg.keys() == ["Authentication-Results", "Subject"]

    def test_messages_without_any_stay_as_they_are(self, handle, engine):
        engine.settings.mta.remove_dkim_headers = True
        assert not handle("cleanse-dkim", "Subject: x\n\n")[0].header_changed
