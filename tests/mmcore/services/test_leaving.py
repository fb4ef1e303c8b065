from __future__ import annotations

import pytest

from mmcore.services.leaving import end_membership


class TestEndMembership:
    @pytest.mark.parametrize("goodbye", [True, False])
    @pytest.mark.parametrize("notice", [True, False])
    def test_the_list_says_who_is_told(self, engine, site, mlist, anne, goodbye, notice):
        mlist.send_goodbye_message, mlist.admin_notify_mchanges = goodbye, notice
        end_membership(engine, anne)
        assert mlist.members.get("aperson@example.com") is None
        assert len(list(site.queues["virgin"].names())) == goodbye + notice
