"""What is said before a table is made: who lacks what, counted by the database as the rows would show it."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from catalog.exchange.presets.checks import examine
from catalog.exchange.presets.definitions import DateForm, Obligation, PresetColumn, Unit
from catalog.exchange.presets.sources import SOURCES, is_written
from catalog.models import Annotation, Image
from catalog.records import annotations
from catalog.review import decisions
from catalog.vocabulary import Field, PhotoGroupState
from tests.catalog.audits import drafted_collection, planned
from tests.catalog.exchange.presets.records import column, preset, rows
from tests.factories import (
    CollectionFactory,
    ImageFactory,
    ImageFileFactory,
    PhotoGroupFactory,
    UserFactory,
    described,
    drafted,
)

pytestmark = pytest.mark.django_db
MUST = Obligation.MUST
LACKING_IS_NO_LACK = {key for key, source in SOURCES.items() if source.missing is None} - {"description_composed"}


@pytest.fixture
def mixed() -> None:
    """Records that have much, something, nothing, and 待考."""
    full = CollectionFactory(
        fonds_number="0001", class_code="ZP", retention_period="permanent", creator="县政府", title="云溪"
    )
    group = PhotoGroupFactory(
        collection=full,
        state=PhotoGroupState.CONFIRMED,
        number="1",
        year="1959",
        title="通车",
        event="通车",
        date_text="1959年",
        place="云溪",
        background="背景",
    )
    whole = ImageFactory(
        collection=full,
        photo_group=group,
        negative_number="N-1",
        see_also="文书：1",
        volume="1",
        sheet="1",
        rights="公有",
        classification="internal",
        responsibility="张三",
    )
    ImageFileFactory(image=whole)
    described(whole, **{field.value: "1959年" for field in Field})
    ImageFactory(identifier="", photo_group=PhotoGroupFactory(title="建议"), see_also="1-2")
    described(ImageFactory(), **{field.value: "待考" for field in Field})
    described(ImageFactory(), photographer="李四", event="通车", date="解放前")
    drafted(ImageFactory(), title="草稿里的题名")
    first, second = UserFactory(), UserFactory()
    checked = ImageFactory()
    annotations.write_import_drafts(image=checked, values={"title": "石桥"}, user=first)
    decisions.accept(annotation=checked.annotations.get(), user=second)
    ImageFactory(photo_group=PhotoGroupFactory(state=PhotoGroupState.CONFIRMED), identifier="")


@pytest.mark.usefixtures("mixed")
def test_the_database_counts_what_the_rows_lack() -> None:
    keys = sorted(SOURCES.keys() - LACKING_IS_NO_LACK)
    used = preset(*(column(key, obligation=MUST) for key in keys))
    table = rows(used)
    lacking = {key: sum(not is_written(row[at]) for row in table) for at, key in enumerate(keys)}
    findings = examine(used, Image.objects.all())
    assert {one.heading: one.number for one in findings.missing} == {key: n for key, n in lacking.items() if n}
    assert findings.rows == len(table)


def test_a_value_that_an_audit_holds_back_is_no_lack() -> None:
    audit = planned(drafted_collection(20))
    image = described(title="石桥")
    used = preset(column("title", obligation=MUST))
    Image.objects.filter(pk=image.pk).update(title="")
    assert examine(used, Image.objects.filter(pk=image.pk)).missing
    Annotation.objects.filter(image=image).update(held=True, audit=audit)
    assert examine(used, Image.objects.filter(pk=image.pk)).missing == []


def test_a_constant_is_never_lacking_and_a_column_without_source_always_is() -> None:
    ImageFactory.create_batch(2)
    used = preset(
        column("rights", constant="不详", obligation=MUST),
        PresetColumn("载体", constant="照片", obligation=MUST),
        PresetColumn("柜号", obligation=MUST),
    )
    assert [(one.heading, one.number) for one in examine(used, Image.objects.all()).missing] == [("柜号", 2)]


def test_long_texts_unread_dates_and_numbers_without_kind_are_counted() -> None:
    described(ImageFactory(see_also="2-1-35"), title="云溪镇石桥通车典礼", date="解放前")
    described(ImageFactory(see_also="文书：2-1-35"), title="石桥", date="1959年")
    used = preset(column("title", longest=4), column("date", date=DateForm.COMPACT), column("see_also_kind"))
    findings = examine(used, Image.objects.all())
    assert [(one.heading, one.number) for one in findings.too_long] == [("title", 1)]
    assert [(one.heading, one.number) for one in findings.undated] == [("date", 1)]
    assert findings.without_kind == 1
    assert len(findings.sentences) == 4
    assert "看不出来" in findings.sentences[0]


def test_a_table_by_groups_has_one_row_for_each_confirmed_group() -> None:
    collection = CollectionFactory()
    group = PhotoGroupFactory(collection=collection, state=PhotoGroupState.CONFIRMED, title="通车")
    first = ImageFactory(collection=collection, photo_group=group, identifier="A-1")
    ImageFactory(collection=collection, photo_group=group, identifier="A-2")
    ImageFactory(collection=collection, photo_group=PhotoGroupFactory(collection=collection), identifier="A-3")
    ImageFactory(collection=collection, identifier="A-4")
    used = preset(column("group_title", obligation=MUST), column("ai_label"), unit=Unit.GROUP)
    assert list(used.rows(Image.objects.order_by("identifier"))) == [first]
    findings = examine(used, Image.objects.all())
    assert (findings.rows, findings.missing, findings.ungrouped) == (1, [], 2)


def test_nothing_is_said_of_a_table_that_lacks_nothing() -> None:
    described(title="石桥")
    assert examine(preset(column("title", obligation=MUST), column("ai_label")), Image.objects.all()).sentences == []


@pytest.mark.usefixtures("mixed")
def test_it_is_one_question_however_many_columns_and_records_there_are() -> None:
    used = preset(*(column(key, obligation=MUST, longest=3) for key in SOURCES))
    with CaptureQueriesContext(connection) as captured:
        examine(used, Image.objects.all())
    assert len(captured) == 1
