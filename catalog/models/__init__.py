"""The public face of the catalogue's models.

Dependencies run one way: collections and prompts know nothing of images; images and knowledge bases know collections;
readings know scans; holds, secrecy marks, examinations and batches know images, batches prompts too; runs know batches;
annotations know images and runs; audits know images and annotations, which name the audit that accepted them; what
reviewers keep knows annotations, bulk changes know collections; the action log may point at any of them.
"""

from catalog.models.actions import Action, ActionDigest
from catalog.models.annotations import Annotation
from catalog.models.audits import Audit, AuditUnit, ControlUnit, SampledUnit
from catalog.models.batches import Batch, BatchItem
from catalog.models.bulk import BulkChange, BulkChunk
from catalog.models.collections import Collection
from catalog.models.disclosure import Examination, ExaminedImage, SensitiveWord
from catalog.models.fixity import FixityCheck
from catalog.models.groups import NearGroup
from catalog.models.holds import ReviewHold
from catalog.models.images import Image, ImageFile
from catalog.models.knowledge import KnowledgeBase, KnowledgeEntry
from catalog.models.membership import Membership
from catalog.models.photo_groups import PhotoGroup
from catalog.models.prompts import Prompt, PromptVersion
from catalog.models.readings import Reading
from catalog.models.reviewing import DraftsShown, Redraft, ReviewSettings
from catalog.models.runs import Run
from catalog.models.secrecy import SecrecyMark

__all__ = [
    "Action",
    "ActionDigest",
    "Annotation",
    "Audit",
    "AuditUnit",
    "Batch",
    "BatchItem",
    "BulkChange",
    "BulkChunk",
    "Collection",
    "ControlUnit",
    "DraftsShown",
    "Examination",
    "ExaminedImage",
    "FixityCheck",
    "Image",
    "ImageFile",
    "KnowledgeBase",
    "KnowledgeEntry",
    "Membership",
    "NearGroup",
    "PhotoGroup",
    "Prompt",
    "PromptVersion",
    "Reading",
    "Redraft",
    "ReviewHold",
    "ReviewSettings",
    "Run",
    "SampledUnit",
    "SecrecyMark",
    "SensitiveWord",
]
