"""What the catalogue offers to the model service: its images, and what its knowledge bases say."""

import re
from collections.abc import Sequence
from pathlib import Path

from catalog import policies
from catalog.knowledge.retrieval import retrieve
from catalog.shares import absence_of
from catalog.vocabulary import FileRole
from inference.providers import Passage, User
from inference.types import Message, TextPart

_SLUG = re.compile(r"[-a-zA-Z0-9_]{1,60}")
_TURNS_BEFORE = 2


class CatalogueImages:
    """The images of the catalogue, as `inference.providers.ImageProvider`."""

    def image_file(self, image_id: int, user: User) -> Path | None:
        """Return the file that shows an image.

        Members let the model see the master, as drafting does. Everybody else lets it see what they see themselves:
        the model could tell them what only the master shows. A negative is shown as the catalogue shows it.

        Args:
            image_id: the image.
            user: on whose behalf.

        Returns:
            Where the file lies; None where the user may see no such image, or it has no scan.
        """
        images = policies.visible_images(user).select_related("collection").with_files()
        # What may be classified is shown to no model.
        image = images.filter(pk=image_id, secrecy_hold=False).first()
        front = image.front if image is not None else None
        if front is None:
            return None
        derived = Path(front.screen.path) if front.screen else None
        if not policies.can_view_master(user, front):
            return derived
        if front.role in (FileRole.NEGATIVE, FileRole.PAGE) and derived is not None:
            return derived
        place = front.place_outside
        if place is not None and derived is not None and absence_of(place) is not None:
            # Whoever asks now is better served by the copy than by no answer.
            return derived
        return front.master_path


class CatalogueKnowledge:
    """The knowledge bases, as `inference.providers.KnowledgeProvider`."""

    def passages(
        self, base_id: str, messages: Sequence[Message], image_ids: Sequence[int], user: User
    ) -> list[Passage] | None:
        """Find what a knowledge base has to say about a conversation.

        Args:
            base_id: the base's slug.
            messages: the conversation.
            image_ids: which images of the catalogue it shows.
            user: on whose behalf.

        Returns:
            A few short passages, the best first; None where the user may use no such base.
        """
        # A database may refuse to look for what no slug holds.
        if not _SLUG.fullmatch(base_id):
            return None
        base = policies.visible_knowledge_bases(user).filter(slug=base_id).first()
        if base is None:
            return None
        asked = [text for message in messages if message.role == "user" and (text := _words(message))]
        question = asked.pop() if asked else ""
        return retrieve(base, question=question, context=asked[-_TURNS_BEFORE:], image_ids=image_ids, user=user)


def _words(message: Message) -> str:
    return "\n".join(part.text for part in message.parts if isinstance(part, TextPart)).strip()
