"""What people do with a package: order it, begin it when they have seen what will be wrong, stop it, go on, remove it.

Nothing is written before a person has seen the report. What is done in the background, `running` says.
"""

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from catalog.exceptions import PackageRefused
from catalog.exchange.exports.keeping import packed
from catalog.exchange.packages import exiftool, places
from catalog.exchange.packages.orders import Order, name_for
from catalog.exchange.packages.planning import lack_of_room, needed
from catalog.models import Collection, Package
from catalog.querysets import ImageQuerySet
from catalog.vocabulary import Access

if TYPE_CHECKING:
    from django.contrib.auth.models import User

State = Package.State
MOST_RECORDS = 200_000


def order(*, user: "User", images: ImageQuerySet, what: Order) -> Package:
    """Freeze what a package has, and have it looked over.

    Args:
        user: who has it made.
        images: the records, all of which they may see.
        what: what is asked for; its name is given here.

    Returns:
        The package.

    Raises:
        PackageRefused: there is nothing to be packed, or too much.
    """
    ordered = images.order_by("collection_id", "identifier", "pk")
    keys = list(ordered.values_list("pk", flat=True)[: MOST_RECORDS + 1])
    if not keys:
        raise PackageRefused(_("没有符合条件的记录。请换一个范围。"))
    if len(keys) > MOST_RECORDS:
        raise PackageRefused(_("一个包最多 %(most)d 条记录。请缩小范围，分几次做。"), most=MOST_RECORDS)
    pairs = set(images.order_by().values_list("collection", "access").distinct())
    collections = sorted({collection for collection, _access in pairs})
    slugs = Collection.objects.filter(pk__in=collections).order_by("pk").values_list("slug", flat=True)
    package = Package(
        user=user,
        kind=what.kind.value,
        grouping=what.grouping.value,
        table=what.table.value,
        layout=dict(what.layout),
        selection=what.selection,
        images=packed(keys),
        restricted=sorted({collection for collection, access in pairs if access == Access.RESTRICTED}),
        language=get_language() or "",
        name=name_for(what.kind, slugs[0] if len(slugs) == 1 else _("多个馆藏")),
        records=len(keys),
    )
    with transaction.atomic():
        package.save()
        package.collections.set(collections)
    return package


def begin(*, package: Package, wrong_names: Package.WrongNames = Package.WrongNames.UNDECIDED) -> Package:
    """Leave a package that was looked over to the worker.

    Args:
        package: the package.
        wrong_names: what is done with files that cannot be called by their number, where there are any.

    Returns:
        The package as it is now.

    Raises:
        PackageRefused: it has begun, there is no room for it, or something is undecided.
    """
    with transaction.atomic():
        row = Package.objects.select_for_update().get(pk=package.pk)
        if row.state != State.READY:
            raise PackageRefused(_("%(package)s 已经开始过，不会重复制作。"), package=row)
        if problem := why_not(row, wrong_names):
            raise PackageRefused(problem)
        row.state, row.wrong_names = State.PENDING, wrong_names.value
        row.save(update_fields=["state", "wrong_names"])
    return row


def why_not(package: Package, wrong_names: Package.WrongNames) -> str:
    """Return why a package that was looked over cannot be made now; empty where it can.

    Args:
        package: the package.
        wrong_names: what is decided about names.
    """
    report = package.report
    if not report.get("records"):
        return _("没有可以写入的记录。请换一个范围。")
    if report.get("wrongly_named") and wrong_names == Package.WrongNames.UNDECIDED:
        return _("有文件不能照原样命名。请先选：用代替的名称写入，还是跳过这些记录。")
    if package.kind == Package.Kind.COPIES and not exiftool.version():
        return _("这台机器没有 exiftool，不能把说明写进图像。%(how)s") % {"how": exiftool.HOW_TO_INSTALL}
    return lack_of_room(needed(report), places.all_packages())


def resume(*, package: Package) -> Package:
    """Go on with a package that stopped; what was written is kept.

    Args:
        package: the package.

    Returns:
        The package as it is now.

    Raises:
        PackageRefused: it did not stop.
    """
    with transaction.atomic():
        row = Package.objects.select_for_update().get(pk=package.pk)
        if row.state != State.FAILED:
            raise PackageRefused(_("%(package)s 没有停下，无须继续。"), package=row)
        row.state = State.PENDING if row.report else State.CHECKING
        row.reason, row.attempts, row.finished_at = "", 0, None
        row.save(update_fields=["state", "reason", "attempts", "finished_at"])
    return row


def cancel(*, package: Package, user: "User") -> Package:
    """Stop a package; what was written of it is thrown away.

    Args:
        package: the package.
        user: who stops it.

    Returns:
        The package as it is now.

    Raises:
        PackageRefused: it is over.
    """
    with transaction.atomic():
        row = Package.objects.select_for_update().get(pk=package.pk)
        if not (row.is_under_way or row.state in (State.READY, State.FAILED)):
            raise PackageRefused(
                _("%(package)s 不在进行（%(state)s），无须取消。"), package=row, state=row.get_state_display()
            )
        _end(row, State.CANCELLED, _("由 %(who)s 取消。") % {"who": user.get_username()})
    return row


def remove(*, package: Package) -> Package:
    """Take a package that is done off the disk; that it was made stays known.

    Args:
        package: the package.

    Returns:
        The package as it is now.

    Raises:
        PackageRefused: it is not done.
        OSError: it cannot be removed.
    """
    with transaction.atomic():
        row = Package.objects.select_for_update().get(pk=package.pk)
        if row.state != State.DONE:
            raise PackageRefused(_("%(package)s 不在磁盘上。"), package=row)
        row.state = State.EXPIRED
        row.save(update_fields=["state"])
    places.remove(row.pk)
    return row


def _end(row: Package, state: Package.State, reason: str) -> None:
    row.state, row.reason, row.finished_at = state, reason, timezone.now()
    row.claim, row.owner, row.lease_until = None, "", None
    row.save(update_fields=["state", "reason", "finished_at", "claim", "owner", "lease_until"])
