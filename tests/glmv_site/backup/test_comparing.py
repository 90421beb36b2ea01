"""What was restored is held against the backup, originals that are referenced where they lie among it."""

import os
from pathlib import Path

import pytest
from django.utils import timezone

from catalog.paths import recorded
from glmv_site.backup import comparing, manifest
from glmv_site.backup.manifest import Manifest, MediaFile
from tests.glmv_site.backup.installation import Installation

pytestmark = pytest.mark.django_db(transaction=True)


def test_an_original_in_place_may_have_a_name_that_is_no_text(site: Installation, tmp_path: Path) -> None:
    scan = tmp_path / os.fsdecode(b"\xb5\xb5.jpg")
    scan.write_bytes(b"scan")
    file = MediaFile(recorded(scan), 4, "0" * 64, kept=False, in_place=True)
    manifest.write_media_list(tmp_path, [file])
    now = timezone.now()
    told = Manifest("0.1.0", now, now, "sqlite", "copy", [], [], comparing.tables(), [])
    compared = comparing.compare(tmp_path, told, lambda _number: None)
    assert compared.equal
    assert (compared.in_place, compared.out_of_reach) == (1, [])
