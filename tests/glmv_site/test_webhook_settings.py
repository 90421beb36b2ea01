"""The settings of webhooks: hosts that are hosts, networks as people write them; nobody is told anything by default."""

from ipaddress import ip_network

import pytest
from django.conf import settings as site
from pytest_django import Settings

from glmv_site.checks import check_webhook_hosts
from glmv_site.parsing import networks


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("", []),
        (" , ", []),
        ("192.168.1.0/24", ["192.168.1.0/24"]),
        ("10.0.0.0/8, fd00::/8", ["10.0.0.0/8", "fd00::/8"]),
        ("192.168.1.20", ["192.168.1.20/32"]),
    ],
)
def test_networks_are_read(text: str, read: list[str]) -> None:
    assert networks(text) == [ip_network(each) for each in read]


@pytest.mark.parametrize("text", ["192.168.1.5/24", "oa.example.cn", "192.168.1.0/33", "10.0.0.0/8；fd00::/8", "*"])
def test_what_is_no_network_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ValueError, match=r"192\.168\.1\.0/24"):
        networks(text)


def test_by_default_nobody_is_told_anything() -> None:
    assert (site.GLMV_WEBHOOK_HOSTS, site.GLMV_WEBHOOK_NETWORKS) == ([], [])
    assert check_webhook_hosts(None) == []


def test_an_entry_that_is_no_host_is_told(settings: Settings) -> None:
    settings.GLMV_WEBHOOK_HOSTS = ["oa.example.cn:8443", "https://oa.example.cn/", "图片.example"]
    [error] = check_webhook_hosts(None)
    assert "“https://oa.example.cn/”" in str(error.msg)
