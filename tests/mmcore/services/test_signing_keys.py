from __future__ import annotations

import base64
import os

import pytest

from mmcore.services.signing_keys import SigningKeyError, parse_key, read_key
from tests.support.keys import ED25519, KEYS, RSA


class TestParseKey:
    @pytest.mark.parametrize("name", ["rsa.pem", "rsa-pkcs1.pem"])
    def test_rsa_in_both_forms_of_pem(self, name):
        key = parse_key((KEYS / name).read_bytes())
        assert key.algorithm == b"rsa-sha256"
        data = (KEYS / name).read_bytes().replace(b"\n", b"\r\n")
        assert parse_key(data) == key

    def test_ed25519_as_pem_and_as_dkimpy_writes_it(self):
        key = parse_key(ED25519.read_bytes())
        assert key.algorithm == b"ed25519-sha256"
        assert len(base64.b64decode(key.secret)) == 32
        assert parse_key(key.secret + b"\n") == key

    @pytest.mark.parametrize(
        "data",
        [
            b"",
            b"no key at all",
            b"\xff\xfe",
            b"AAAA",
            b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
            b"-----BEGIN PRIVATE KEY-----\n!\n-----END PRIVATE KEY-----\n",
            b"-----BEGIN PRIVATE KEY-----\n",
            (KEYS / "rsa-locked.pem").read_bytes(),
            RSA.read_bytes()[:900] + b"\n-----END PRIVATE KEY-----\n",
        ],
    )
    def test_what_is_no_key_is_refused(self, data):
        with pytest.raises(SigningKeyError):
            parse_key(data)

    def test_the_secret_is_not_shown(self):
        key = parse_key(RSA.read_bytes())
        assert repr(key) == "<SigningKey: rsa-sha256>"


class TestReadKey:
    def test_a_new_key_in_the_file_is_taken(self, tmp_path):
        path = tmp_path / "key.pem"
        path.write_bytes(RSA.read_bytes())
        assert read_key(path).algorithm == b"rsa-sha256"
        path.write_bytes(ED25519.read_bytes())
        os.utime(path, ns=(1, 1))
        assert read_key(path).algorithm == b"ed25519-sha256"

    def test_it_says_what_is_wrong_with_which_file(self, tmp_path):
        path = tmp_path / "key.pem"
        with pytest.raises(SigningKeyError, match=r"key\.pem: No such file"):
            read_key(path)
        path.write_bytes(b"nonsense!")
        with pytest.raises(SigningKeyError, match=r"key\.pem is neither PEM nor base64"):
            read_key(path)
        path.write_bytes(b"x" * 100_000)
        with pytest.raises(SigningKeyError, match="too large"):
            read_key(path)
