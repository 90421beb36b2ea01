"""`manage.py doctor`: what is open is pointed out, what is broken fails, what is in order is said to be."""

import io
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db.migrations.recorder import MigrationRecorder
from pytest_django import Settings

from tests.glmv_site.conftest import free_port
from tests.outages import OF_DATABASE, Fault, fill, make_read_only, mounted

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def data_dir(settings: Settings, tmp_path: Path) -> Path:
    settings.DATA_DIR = tmp_path
    settings.GLMV_DEVICE = "cpu"
    settings.HOST, settings.PORT = "127.0.0.1", int(free_port())
    return tmp_path


def _doctor() -> tuple[str, int]:
    printed = io.StringIO()
    try:
        call_command("doctor", stdout=printed, no_color=True)
    except SystemExit as end:
        return printed.getvalue(), int(end.code or 0)
    return printed.getvalue(), 0


def _line(report: str, word: str) -> str:
    (line,) = [line for line in report.splitlines() if word in line]
    return line


def test_open_doors_are_pointed_out_and_are_no_errors() -> None:
    report, status = _doctor()
    assert status == 0
    for word in ("API_KEY", "GLMV_ASK_LOGIN", "METRICS_KEY", "ALLOWED_HOSTS", "HTTPS", "演示模型"):
        assert _line(report, word).startswith("[注意]")


def test_closed_doors_are_in_order(settings: Settings) -> None:
    settings.API_KEY = settings.METRICS_KEY = "secret-of-the-door"
    settings.GLMV_ASK_LOGIN = settings.HTTPS = True
    settings.ALLOWED_HOSTS = ["archive.cn"]
    report, _ = _doctor()
    for word in ("/v1", "提问页", "/metrics", "archive.cn", "HTTPS"):
        assert _line(report, word).startswith("[OK]")
    assert "secret-of-the-door" not in report


def test_every_web_page_calling_from_visitors_browsers_is_pointed_out(settings: Settings) -> None:
    settings.CORS_ORIGINS = ["*"]
    assert _line(_doctor()[0], "CORS_ORIGINS").startswith("[注意]")


def test_debug_is_an_error(settings: Settings) -> None:
    settings.DEBUG = True
    report, status = _doctor()
    assert status == 1
    assert _line(report, "DEBUG=1").startswith("[错误]")


def test_a_setting_that_cannot_be_meant_is_an_error(settings: Settings) -> None:
    settings.GLMV_QUANTIZE = "int3"
    report, status = _doctor()
    assert status == 1
    assert _line(report, "int3").startswith("[错误]")


def test_a_secret_that_others_can_read_is_an_error_with_the_command_that_mends_it(data_dir: Path) -> None:
    secret = data_dir / "secret_key"
    secret.write_text("x")
    secret.chmod(0o644)
    report, status = _doctor()
    assert status == 1
    assert f"chmod 600 {secret}" in _line(report, "chmod")


def test_the_first_password_is_not_to_lie_about(data_dir: Path) -> None:
    password = data_dir / "admin_password"
    password.write_text("x")
    password.chmod(0o600)
    assert _line(_doctor()[0], "admin_password").startswith("[注意]")


def test_a_data_folder_that_is_not_there_is_an_error(settings: Settings, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path / "gone"
    report, status = _doctor()
    assert status == 1
    assert _line(report, "gone 写不进去").startswith("[错误]")


def test_a_database_with_tables_missing_is_an_error_with_the_command_that_makes_them(settings: Settings) -> None:
    MigrationRecorder.Migration.objects.filter(app="catalog").delete()
    report, status = _doctor()
    assert status == 1
    assert _line(report, "manage.py upgrade").startswith("[错误]")
    settings.GLMV_MANAGE = "bash start.sh manage"
    assert _line(_doctor()[0], "bash start.sh manage upgrade").startswith("[错误]")


def test_a_model_folder_without_a_model_is_an_error(settings: Settings, tmp_path: Path) -> None:
    settings.GLMV_MODEL = str(tmp_path / "no-model")
    report, status = _doctor()
    assert status == 1
    assert _line(report, "no-model").startswith("[错误]")


def test_a_model_that_is_there_is_named_and_a_cpu_for_it_is_pointed_out(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}")
    settings.GLMV_MODEL = str(tmp_path)
    report, status = _doctor()
    assert status == 0
    assert _line(report, f"模型在 {tmp_path}").startswith("[OK]")
    assert _line(report, "几分钟").startswith("[注意]")


def test_a_device_that_this_machine_lacks_is_an_error(settings: Settings) -> None:
    settings.GLMV_DEVICE = "npu"
    report, status = _doctor()
    assert status == 1
    assert _line(report, "npu").startswith("[错误]")


def test_another_servers_model_is_named_with_its_address(settings: Settings) -> None:
    settings.GLMV_BACKEND, settings.GLMV_REMOTE_URL = "remote", "http://192.168.1.20:8000"
    assert _line(_doctor()[0], "http://192.168.1.20:8000").startswith("[OK]")


def test_a_password_in_that_address_is_not_shown(settings: Settings) -> None:
    settings.GLMV_BACKEND, settings.GLMV_REMOTE_URL = "remote", "http://bob:sesame@192.168.1.20:8000"
    report, _ = _doctor()
    assert _line(report, "http://192.168.1.20:8000").startswith("[OK]")
    assert "sesame" not in report


def test_a_read_only_disk_is_an_error(settings: Settings, tmp_path: Path) -> None:
    with mounted(tmp_path / "disk") as disk:
        settings.DATA_DIR = disk
        make_read_only(disk)
        report, status = _doctor()

    assert status == 1
    assert _line(report, "只读").startswith("[错误]")


def test_a_full_disk_of_the_pictures_is_an_error(settings: Settings, tmp_path: Path) -> None:
    with mounted(tmp_path / "disk") as disk:
        settings.MEDIA_ROOT = disk
        fill(disk)
        report, status = _doctor()

    assert status == 1
    assert _line(report, f"图片文件夹 {disk}").startswith("[错误]")
    assert "磁盘已满" in report


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("fault", OF_DATABASE, ids=lambda fault: fault.name)
def test_a_database_that_does_not_work_is_an_error(fault: Fault, settings: Settings, tmp_path: Path) -> None:
    with fault.begin(tmp_path / "disk", settings):
        report, status = _doctor()

    assert status == 1
    assert _line(report, "数据库").startswith("[错误]")
    assert "版本是新的" not in report
