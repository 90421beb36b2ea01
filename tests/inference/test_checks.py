"""What ``manage.py check`` says about the sites that pictures may be fetched from."""

from pytest_django import Settings

from inference.checks import check_image_hosts


def test_hosts_are_fine(settings: Settings) -> None:
    settings.GLMV_IMAGE_URL_HOSTS = ["a.example", "b.example:8443", "图片.example"]

    assert check_image_hosts(None) == []


def test_an_entry_that_is_no_host_is_named(settings: Settings) -> None:
    settings.GLMV_IMAGE_URL_HOSTS = ["https://a.example/", "b.example"]

    [error] = check_image_hosts(None)
    assert error.id == "inference.E002"
    assert "https://a.example/" in error.msg
