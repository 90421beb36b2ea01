"""Opens the sample collection: ``python -m demo.opening``, after it was imported.

The samples are drawings, made to be shown. They go the way that an archive's records go: one account proposes the list,
another one confirms it. Both accounts are marked as samples and can sign in nowhere; who looks at a record sees by the
basis and the names that nobody has examined it.
"""

from __future__ import annotations

import os
import sys
from typing import Any

BASIS = "样例，供演示"
FIRST, SECOND = "demo-first-examiner", "demo-second-examiner"


def open_samples(slug: str) -> int:
    """Open what nobody has examined yet of a collection.

    Args:
        slug: the collection's.

    Returns:
        How many records were opened.

    Raises:
        Collection.DoesNotExist: there is none.
    """
    from catalog.examination_words import ExaminedState
    from catalog.models import Action, Collection
    from catalog.review.disclosure.examinations import Proposal, advance, confirm, propose
    from catalog.vocabulary import Disclosure, Verb

    waiting = Collection.objects.get(slug=slug).images.filter(disclosure=Disclosure.UNEXAMINED)
    # What somebody has closed stays closed.
    waiting = waiting.exclude(pk__in=Action.objects.filter(verb=Verb.DISCLOSURE_WITHDRAWN).values("image"))
    if not waiting.exists():
        return 0
    [examination] = propose(
        images=waiting,
        proposal=Proposal(Disclosure.OPEN, BASIS, with_hints=True),
        user=_examiner(FIRST, "示例初审"),
    )
    while advance(examination):
        pass
    number = examination.items.filter(state=ExaminedState.PROPOSED).count()
    if not number:
        return 0
    examination = confirm(examination=examination, user=_examiner(SECOND, "示例复审"), seen=number)
    while advance(examination):
        pass
    return examination.items.filter(state=ExaminedState.DONE).count()


def _examiner(name: str, known_as: str) -> Any:
    """Return an account that nobody can sign in with."""
    from django.contrib.auth import get_user_model

    user, is_new = get_user_model().objects.get_or_create(
        username=name, defaults={"last_name": known_as, "is_active": False}
    )
    if is_new:
        user.set_unusable_password()
        user.save(update_fields=["password"])
    return user


def main() -> None:
    """Open the collection named on the command line, or else the demo collection."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "glmv_site.settings")
    django.setup()
    number = open_samples(sys.argv[1] if len(sys.argv) > 1 else "demo")
    print(f"示例馆藏：开放 {number} 幅（依据“{BASIS}”）。")


if __name__ == "__main__":
    main()
