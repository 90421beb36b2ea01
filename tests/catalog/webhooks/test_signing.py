"""Signatures are those that receivers' libraries check."""

import base64

from catalog.webhooks import signing


def test_a_message_is_signed_as_the_published_example() -> None:
    # The example in the documentation of Svix, whose manner Standard Webhooks wrote down.
    key = base64.b64decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    made = signing.signature(
        [key], message="msg_p5jXN8AQM9LWM0D4loKWxJek", timestamp=1614265330, body=b'{"test": 2432232314}'
    )
    assert made == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_each_key_makes_a_signature() -> None:
    made = signing.signature([b"a", b"b"], message="m", timestamp=1, body=b"{}")
    assert made == " ".join(signing.signature([key], message="m", timestamp=1, body=b"{}") for key in (b"a", b"b"))


def test_a_secret_is_long_and_is_found_by_nobody_who_has_the_table() -> None:
    salt = signing.new_salt()
    key = signing.key_of(salt)
    assert len(key) == 32
    assert base64.b64decode(signing.shown(key).removeprefix("whsec_")) == key
    assert signing.is_digest_of(signing.digest_of(key), key)
    assert not signing.is_digest_of(signing.digest_of(key), signing.key_of(signing.new_salt()))
