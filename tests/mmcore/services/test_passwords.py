from __future__ import annotations

import pytest
from argon2 import PasswordHasher

from mmcore.services import passwords


class TestPasswords:
    def test_right_password_matches_and_its_hash_stays(self):
        assert passwords.verify("sécret", passwords.hash("sécret")) == (True, None)

    def test_hash_is_argon2id_and_salted(self):
        assert passwords.hash("x").startswith("$argon2id$")
        assert passwords.hash("x") != passwords.hash("x")

    def test_wrong_password_does_not_match(self):
        assert passwords.verify("other", passwords.hash("secret")) == (False, None)

    def test_hash_with_old_parameters_is_renewed(self):
        old = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash("secret")
        ok, new = passwords.verify("secret", old)
        assert ok
        assert new is not None
        assert passwords.verify("secret", new) == (True, None)

    @pytest.mark.parametrize("stored", [None, "", b"", "secret", "$argon2id$", b"\xff", "é"])
    def test_unknown_hash_matches_nothing(self, stored):
        assert passwords.verify("secret", stored) == (False, None)

    @pytest.mark.parametrize("guess", ["", "!", passwords.UNUSABLE])
    def test_what_nobody_learns_matches_nothing(self, guess):
        assert passwords.verify(guess, passwords.UNUSABLE) == (False, None)
        assert not passwords.is_usable(passwords.UNUSABLE)
        assert not passwords.is_usable(None)
        assert passwords.is_usable(passwords.hash("x"))

    def test_hash_may_be_stored_as_bytes(self):
        assert passwords.verify("x", passwords.hash("x").encode())[0]

    def test_surrogates_and_nul_are_letters_like_others(self):
        assert passwords.verify("\udce9\x00", passwords.hash("\udce9\x00"))[0]

    def test_megabytes_are_not_hashed(self):
        assert passwords.verify("x" * 10_000, passwords.hash("x")) == (False, None)
        with pytest.raises(ValueError, match="at most"):
            passwords.hash("x" * 10_000)
