from __future__ import annotations

import pytest

POST = "From: b@example.com\n\nHi.\n"


@pytest.fixture
def members_file(settings, mlist):
    path = settings.paths.var_dir / "lists" / mlist.list_id / "members.txt"
    path.parent.mkdir(parents=True)
    return path


@pytest.fixture
def recipients(handle):
    def recipients(**msgdata):
        return handle("file-recipients", POST, **msgdata)[1]["recipients"]

    return recipients


class TestFileRecipients:
    def test_each_line_is_one(self, members_file, recipients):
        members_file.write_text("c@example.com\n\n  A@example.com \nb@example.com\n")
        assert recipients() == ["a@example.com", "b@example.com", "c@example.com"]

    def test_without_a_file_there_are_none(self, recipients):
        assert recipients() == []

    def test_recipients_that_are_known_stay(self, members_file, recipients):
        members_file.write_text("c@example.com\n")
        assert recipients(recipients=[]) == []

    def test_an_author_who_is_a_member_gets_no_copy(self, members_file, recipients, member):
        members_file.write_text("a@example.com\nb@example.com\n")
        assert recipients() == ["a@example.com", "b@example.com"]
        member("b@example.com")
        assert recipients() == ["a@example.com"]

    def test_what_is_no_address_is_left_out(self, members_file, recipients, caplog):
        members_file.write_bytes(
            b"a@example.com\r\nAnne <b@example.com>\r\n\xff\x00\r\nnobody\r\n"
        )
        assert recipients() == ["a@example.com"]
        assert "not addresses: 'anne <b@example.com>'" in caplog.text

    def test_a_file_that_cannot_be_read_is_a_fault(self, members_file, recipients):
        members_file.mkdir()
        with pytest.raises(IsADirectoryError):
            recipients()

    def test_no_list_leads_out_of_the_folder(self, settings, site, mlist, handle, recipients):
        mlist.list_id = "../test.example.com"
        (settings.paths.var_dir / "lists").mkdir()
        folder = settings.paths.var_dir / "test.example.com"
        folder.mkdir()
        (folder / "members.txt").write_text("a@example.com\n")
        assert recipients() == []
        mlist.list_id = "test.example.com"
