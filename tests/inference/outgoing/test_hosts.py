"""Names of hosts, as settings write them."""

import pytest

from inference.outgoing.hosts import Host, host_of


@pytest.mark.parametrize(
    ("entry", "host"),
    [
        ("a.example", ("a.example", None)),
        (" A.example ", ("a.example", None)),
        ("a.example:8443", ("a.example", 8443)),
        ("a.example:80", ("a.example", 80)),
        ("[2001:DB8::1]:80", ("2001:db8::1", 80)),
        ("https://a.example", None),
        ("a.example/", None),
        ("a.example/pictures", None),
        ("user@a.example", None),
        ("a.example?x", None),
        ("a.example:port", None),
        ("", None),
        (" ", None),
    ],
)
def test_an_entry_is_a_host_and_perhaps_a_port(entry: str, host: Host | None) -> None:
    assert host_of(entry) == host
