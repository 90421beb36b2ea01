"""The keys of the review page: what each does, and what a key may be.

A key is named as browsers do (`KeyboardEvent.key`), small letters for letters. None of them works while somebody types.
"""

from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

_ARROWS = {"ArrowUp", "ArrowDown", "ArrowLeft", "ArrowRight"}
_NAMED = {
    "Enter",
    "Home",
    "End",
    "PageUp",
    "PageDown",
    "Backspace",
    "Delete",
    "Insert",
    "F2",
    "F4",
    "F8",
    "F9",
    *_ARROWS,
}
"""Keys with a name that a page may use: not Tab and Escape, nor those that browsers keep for themselves."""


class KeyAction(NamedTuple):
    """Something that a key does.

    Attributes:
        label: what it does, in a few words.
        short: the same for the bar at the bottom of the page, in a word or two; empty where it does not stand there.
        key: the key that does it, until a person chooses another.
    """

    label: str | Promise
    short: str | Promise
    key: str


ACTIONS: dict[str, KeyAction] = {
    "accept_all": KeyAction(_("采用这条记录的全部草稿，到下一条"), _("全部采用"), "Enter"),
    "accept": KeyAction(_("只采用当前一项的草稿"), _("采用一项"), "a"),
    "edit": KeyAction(_("修改当前一项"), _("修改"), "e"),
    "reject": KeyAction(_("退回当前一项的草稿"), _("退回"), "x"),
    "leave_open": KeyAction(_("没有依据，当前一项记为待考"), _("待考"), "d"),
    "next": KeyAction(_("不作决定，到下一条"), _("下一条"), "n"),
    "previous": KeyAction(_("回到上一条"), _("上一条"), "p"),
    "next_doubtful": KeyAction(_("到这条记录里下一项存疑的，没有就到下一条存疑的记录"), _("下一存疑"), "f"),
    "undo": KeyAction(_("撤销上一步"), _("撤销"), "z"),
    "up": KeyAction(_("上一项"), "", "ArrowUp"),
    "down": KeyAction(_("下一项"), "", "ArrowDown"),
    "zoom": KeyAction(_("全图、原大之间切换"), _("原大"), "v"),
    "side": KeyAction(_("看正面、背面或下一张扫描件"), _("翻面"), "b"),
    "writing": KeyAction(_("显示图上读出的文字"), _("文字"), "o"),
    "group_split": KeyAction(_("照片组：从这一幅起另成一组"), "", "s"),
    "group_join": KeyAction(_("照片组：把后一组并进来"), "", "j"),
    "blind": KeyAction(_("先著录后看稿：打开或关闭"), _("先著录"), "h"),
    "help": KeyAction(_("显示全部按键"), _("按键"), "?"),
}


def fits(key: object) -> bool:
    """Tell whether an action may have a key.

    Args:
        key: as browsers name it.
    """
    return isinstance(key, str) and (key in _NAMED or (len(key) == 1 and key.isprintable() and key == key.lower()))
