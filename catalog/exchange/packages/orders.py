"""What a package is made of and how: the same for one that the worker makes and one that a command makes."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from catalog.exchange.exports.keeping import unpacked
from catalog.exchange.packages.naming import package_name
from catalog.models import Package


@dataclass(frozen=True, slots=True)
class Order:
    """What was asked for.

    Attributes:
        kind: what it is.
        grouping: which folders its scans lie in.
        table: which kind of table lies beside them.
        wrong_names: what is done with files that cannot be called by their number.
        layout: the table's columns, as `catalog.exchange.layouts` keeps them.
        selection: which records, in words.
        name: what the package's folder is called.
    """

    kind: Package.Kind
    grouping: Package.Grouping = Package.Grouping.VOLUME
    table: Package.Table = Package.Table.XLSX
    wrong_names: Package.WrongNames = Package.WrongNames.UNDECIDED
    layout: Mapping[str, Any] = field(default_factory=dict)
    selection: str = ""
    name: str = ""

    @property
    def is_bag(self) -> bool:
        """Tell whether it is a bag."""
        return self.kind is Package.Kind.BAG

    @property
    def embeds(self) -> bool:
        """Tell whether what is said of a photograph is written into the copies of its scans."""
        return self.kind is Package.Kind.COPIES


def order_of(package: Package) -> Order:
    """Return what a package was ordered as."""
    return Order(
        Package.Kind(package.kind),
        Package.Grouping(package.grouping),
        Package.Table(package.table),
        Package.WrongNames(package.wrong_names),
        package.layout,
        package.selection,
        package.name,
    )


def keys_of(package: Package) -> list[int]:
    """Return the keys of the records that a package was ordered of."""
    keys: list[int] = unpacked(bytes(package.images))
    return keys


def name_for(kind: Package.Kind, what: str) -> str:
    """Return what a new package's folder is called.

    Args:
        kind: what it is.
        what: of what, such as a collection's slug.
    """
    kinds = {Package.Kind.ATTACH: _("挂接包"), Package.Kind.COPIES: _("副本"), Package.Kind.BAG: "BagIt"}
    return package_name([kinds[kind], what, f"{timezone.localtime():%Y%m%d-%H%M}"])
