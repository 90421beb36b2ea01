"""What commit 58a86af wrote is all there after an upgrade, and people go on working with it."""

import json
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.conf import settings

from catalog import facets
from catalog.facets import facets_of
from catalog.vocabulary import Flag
from tests.glmv_site.upgrading import at_work
from tests.glmv_site.upgrading.places import Installation
from tests.old_databases import Row, empty_database, load

VENDOR = "postgresql" if "postgresql" in settings.DATABASES["default"]["ENGINE"] else "sqlite"
PASSWORD = "not-a-secret-58a86af"

Tables = Mapping[str, Mapping[Any, Row]]

# --- What migrations are to change; whoever writes one that changes a row adds it here. -------------------------------

# Migration 0019: every text that began as a model's, and what people wrote where one had been before their eyes.
FROM_THE_MODEL = {
    "草稿在等", "草稿被采用", "草稿改后采用", "草稿被退回", "草稿被人写的取代", "人在草稿旁边写的", "自己退回的草稿",
    "自己退回之后写的", "别人退回的草稿", "第一稿", "第二稿", "钢笔字：\n一九五九年\n摄于西湖", "识读所得", "线条不直",
    "线条不直，已重画",
}  # fmt: skip
# Migration 0021: date texts that were not understood before. The others keep their range.
READ_NOW: dict[str, tuple[date | None, date | None]] = {
    "一九五九年国庆节": (date(1959, 10, 1), date(1959, 10, 1)),
    "1959年以前": (None, date(1959, 12, 31)),
    "1949年以后": (date(1949, 1, 1), None),
    "光绪三十年": (date(1904, 1, 1), date(1904, 12, 31)),
    "昭和十年": (date(1935, 1, 1), date(1935, 12, 31)),
    "1959年10月1日上午": (date(1959, 10, 1), date(1959, 10, 1)),
}
NOT_UNDERSTOOD = {"康熙年间", "甲午年", "抗战时期", "解放前", "2020-02-30", "1962年—1958年", "改革开放初期"}
# Migration 0028: records with 待考 in a field. 不详 says what was found out.
LEFT_OPEN = {"待考"}
# Migration 0035: `access` and `disclosure` are two things. What was public stays so, and says since when.
NO_EXAMINER = {"disclosure_first_examiner_id": None, "disclosure_second_examiner_id": None, "disclosure_until": None}
# Columns that migrations added: the value of every row that was there, unless a test below says otherwise.
ADDED: dict[str, dict[str, Any]] = {
    "catalog_annotation": {"ai_origin": None, "reason_code": "", "audit_id": None, "held": False},
    "catalog_collection": {"blind_first": False, "class_code": "", "creator": ""},
    "catalog_image": {
        "date_unread": None,
        "facets": None,
        "disclosure": None,
        "disclosure_basis": None,
        "disclosure_decided_on": None,
        "disclosure_before_upgrade": None,
        **NO_EXAMINER,
        "classification": "",
        "secrecy_hold": False,
        "masked_text": "",
        "photo_group_id": None,
        "responsibility": "",
    },
    "catalog_imagefile": {"defect": ""},
    "catalog_promptversion": {"group_pictures": 0},
    "catalog_reading": {"unread": []},
}
# Migration 0032: superusers go on working as members; the log says so.
GAINED = {"catalog_membership", "catalog_action"}
CHANGED = {"catalog_image": {"date_start", "date_end", "status", "access"}}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """Yield an installation with the database of that commit."""
    folder = tmp_path_factory.mktemp("upgraded")
    with empty_database(VENDOR, folder) as database:
        load(database)
        yield Installation(folder, database)


@pytest.fixture(scope="module")
def before(place: Installation) -> Tables:
    return place.database.rows()


@pytest.fixture(scope="module")
def after(place: Installation, before: Tables) -> Tables:
    done = place.manage("upgrade")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "管理员 guan：从这个版本起，管理员只管账户和设置" in done.stdout
    # What people will find changed is said while they look at it.
    assert "照旧公开" in done.stdout
    assert "不对外公开" in done.stdout
    return place.database.rows()


def test_no_table_has_lost_or_gained_a_row(before: Tables, after: Tables) -> None:
    # What migrations and Django itself write of their own.
    own = {"django_migrations", "django_content_type", "auth_permission", *GAINED}
    for table in before.keys() - own:
        assert after[table].keys() == before[table].keys(), table
    for table in own:
        assert after[table].keys() >= before[table].keys(), table


def test_every_table_of_that_commit_has_rows_to_be_kept(before: Tables) -> None:
    # Django's and the packages', which the product writes nothing to.
    unused = {
        "auth_group_permissions", "auth_user_user_permissions", "axes_accessattemptexpiration", "axes_accessfailurelog",
        "axes_accesslog", "django_admin_log",
    }  # fmt: skip
    assert {table for table, rows in before.items() if not rows} <= unused


def test_every_value_that_no_migration_changes_is_the_same(before: Tables, after: Tables) -> None:
    for table, rows in before.items():
        for key, row in rows.items():
            kept = {name: value for name, value in row.items() if name not in CHANGED.get(table, ())}
            assert {name: after[table][key][name] for name in kept} == kept, (table, key)


def test_columns_that_were_added_hold_what_their_migrations_say(before: Tables, after: Tables) -> None:
    for table, rows in before.items():
        for key, row in rows.items():
            more = after[table][key].keys() - row.keys()
            assert more == ADDED.get(table, {}).keys(), table
            for name in more:
                expected = ADDED[table][name]
                found = after[table][key][name]
                assert expected is None or _plain(found, expected) == expected, (table, key, name)


def test_a_text_that_began_as_the_models_is_marked_as_its_own(after: Tables) -> None:
    marked = {row["value"] for row in after["catalog_annotation"].values() if row["ai_origin"]}
    assert marked == FROM_THE_MODEL


def test_administrators_go_on_working_as_members_and_the_log_says_so(before: Tables, after: Tables) -> None:
    users = after["auth_user"]
    keepers = {key for key, user in users.items() if user["is_superuser"] and user["is_active"]}
    more = {table: [row for key, row in after[table].items() if key not in before[table]] for table in GAINED}
    given = {(row["user_id"], row["role"], row["collection_id"]) for row in more["catalog_membership"]}
    assert given == {(key, role, None) for key in keepers for role in ("cataloguer", "reviewer")}
    entries = [row for row in more["catalog_action"] if row["verb"] != "disclosure_migrated"]
    told = [(row["verb"], row["user_id"], row["label"]) for row in entries]
    assert told == [("role_given", None, users[key]["username"]) for key in keepers for _role in range(2)]


def test_date_texts_are_read_again(before: Tables, after: Tables) -> None:
    for key, image in after["catalog_image"].items():
        text, old = image["date_text"], before["catalog_image"][key]
        expected = READ_NOW.get(text, (_day(old["date_start"]), _day(old["date_end"])))
        assert (_day(image["date_start"]), _day(image["date_end"])) == expected, text
        assert bool(image["date_unread"]) == (text in NOT_UNDERSTOOD), text


def test_a_record_with_a_field_that_is_left_open_is_no_longer_described(before: Tables, after: Tables) -> None:
    texts = set()
    for key, image in after["catalog_image"].items():
        old = before["catalog_image"][key]["status"]
        is_open = old == "described" and image["date_text"] in LEFT_OPEN
        assert image["status"] == ("to_research" if is_open else old), image["identifier"]
        texts |= {image["date_text"]} if is_open else set()
    assert texts == LEFT_OPEN


def test_what_the_public_saw_stays_open_and_nothing_else_is(before: Tables, after: Tables) -> None:
    public = {key for key, collection in before["catalog_collection"].items() if collection["is_public"]}
    stayed = set()
    for key, image in after["catalog_image"].items():
        old = before["catalog_image"][key]
        was_public = old["access"] == "open" and old["collection_id"] in public
        stayed |= {key} if was_public else set()
        assert image["access"] == ("internal" if old["access"] == "open" else old["access"])
        assert image["disclosure"] == ("open" if was_public else "unexamined")
        assert image["disclosure_basis"] == ("升级前已公开" if was_public else "")
        assert bool(image["disclosure_before_upgrade"]) == was_public
        assert bool(image["disclosure_decided_on"]) == was_public
    assert stayed


def test_the_log_says_what_became_of_each_collection(before: Tables, after: Tables) -> None:
    more = [row for key, row in after["catalog_action"].items() if key not in before["catalog_action"]]
    new = [row for row in more if row["verb"] != "role_given"]
    assert {row["verb"] for row in new} == {"disclosure_migrated"}
    found = {row["collection_id"]: row["details"] for row in new}
    for collection, details in found.items():
        told = json.loads(details) if isinstance(details, str) else details
        mine = [image for image in after["catalog_image"].values() if image["collection_id"] == collection]
        for kind in ("open", "unexamined"):
            assert told[kind] == sum(image["disclosure"] == kind for image in mine)


def test_each_image_has_the_facets_of_its_annotations(after: Tables) -> None:
    told = defaultdict(list)
    for row in after["catalog_annotation"].values():
        told[row["image_id"]].append(SimpleNamespace(**row))
    for key, image in after["catalog_image"].items():
        has_range = bool(image["date_start"] or image["date_end"])
        assert image["facets"] == facets_of(told[key], has_range=has_range, date_unread=bool(image["date_unread"]))
    assert any(facets.FLAGGED[Flag.DOUBTFUL].is_in(image["facets"]) for image in after["catalog_image"].values())


def test_the_tables_are_those_of_a_new_installation(place: Installation, after: Tables, tmp_path: Path) -> None:
    assert after
    with empty_database(VENDOR, tmp_path) as fresh:
        done = Installation(tmp_path, fresh).manage("upgrade")
        assert done.returncode == 0, done.stderr
        assert _structure(place.database) == _structure(fresh)


def test_people_go_on_working(place: Installation, after: Tables) -> None:
    assert after
    done = place.python(at_work.__file__, "zhao", PASSWORD)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout.splitlines()[-1])
    assert set(told["pages"].values()) == {200}, told
    assert told["state"] == "accepted"
    assert told["title"] == "新题名"


def test_the_log_still_cannot_be_changed(place: Installation, after: Tables) -> None:
    assert after
    for table in ("catalog_action", "catalog_promptversion"):
        with pytest.raises(Exception, match="immutable"):
            place.database.run(f"UPDATE {table} SET id = id")  # noqa: S608 - names from above


def _plain(found: Any, expected: Any) -> Any:
    """Return what SQLite keeps as text as what it is."""
    return json.loads(found) if isinstance(expected, list) and isinstance(found, str) else found


def _day(value: Any) -> date | None:
    return date.fromisoformat(value) if isinstance(value, str) else value


_STRUCTURE = {
    "sqlite": ["SELECT type, name, tbl_name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite_%'"],
    "postgresql": [
        (
            "SELECT table_name, column_name, data_type, is_nullable, column_default, character_maximum_length"
            " FROM information_schema.columns WHERE table_schema = 'public'"
        ),
        (
            "SELECT conrelid::regclass::text, conname, convalidated, pg_get_constraintdef(oid) FROM pg_constraint"
            " WHERE connamespace = 'public'::regnamespace"
        ),
        (
            "SELECT indexrelid::regclass::text, indisvalid, pg_get_indexdef(indexrelid) FROM pg_index"
            " JOIN pg_class ON pg_class.oid = indexrelid WHERE relnamespace = 'public'::regnamespace"
        ),
        "SELECT tgname, pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal",
    ],
}


# A dump writes the same condition with other casts, and brackets around them.
_ROUND_TRIP = re.compile(r"::(character varying|text|date)(\[\])?|[() ]")


def _structure(database: Any) -> set[tuple[Any, ...]]:
    """Return tables, columns, constraints, indexes and triggers, in whatever order they were made."""
    rows = (row.values() for asked in _STRUCTURE[VENDOR] for row in database.select(asked))
    return {tuple(_ROUND_TRIP.sub("", str(value)) for value in row) for row in rows}
