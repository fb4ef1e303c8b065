"""`mmcore info`."""

import json


class TestInfo:
    def test_facts(self, mmcore, ini):
        text = mmcore("info").output
        assert f"config file: {ini}\n" in text
        assert "REST credentials: restadmin:restpass\n" in text
        assert "LOG_DIR" not in text

    def test_a_secret_password_is_not_shown(self, mmcore, ini):
        ini.write_text(ini.read_text().replace("restpass", "tops3cret"))
        assert "REST credentials: restadmin:(hidden)\n" in mmcore("info").output

    def test_what_a_site_may_have_besides(self, mmcore, ini):
        text = mmcore("info").output
        assert "devmode: DISABLED\npublic pages: none\n" in text
        ini.write_text(
            f"{ini.read_text()}\n[devmode]\nenabled = yes\nrecipient = dev@example.com\n"
            "[runner.public]\nstart = yes\n[public]\nport = 8765\n"
        )
        text = mmcore("info").output
        assert "devmode: ENABLED\npublic pages: http://127.0.0.1:8765\n" in text

    def test_paths(self, mmcore, ini):
        assert f"LOG_DIR      = {ini.parent}/var/logs" in mmcore("info", "-v").output

    def test_json(self, mmcore):
        assert json.loads(mmcore("info", "--json").output)["outgoing"] == "maildir"
