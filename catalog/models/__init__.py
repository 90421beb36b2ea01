"""The public face of the catalogue's models.

Dependencies run one way: collections and prompts know nothing of images; images and knowledge bases know collections;
readings know scans; holds, secrecy marks, examinations and batches know images, batches prompts too; runs know batches;
annotations know images and runs; audits know images and annotations, which name the audit that accepted them; what
reviewers keep knows annotations; bulk changes, table imports and webhooks know collections, conflicts images and table
imports; exports name what they have by keys, presets of columns know nothing; the action log may point at any of them.
"""

from catalog.models.actions import Action, ActionDigest
from catalog.models.annotations import Annotation
from catalog.models.audits import Audit, AuditUnit, ControlUnit, SampledUnit
from catalog.models.batches import Batch, BatchItem
from catalog.models.bulk import BulkChange, BulkChunk
from catalog.models.collections import Collection
from catalog.models.conflicts import Conflict
from catalog.models.disclosure import Examination, ExaminedImage, SensitiveWord
from catalog.models.export_presets import ExportPreset
from catalog.models.exports import Export, ExportPart
from catalog.models.fixity import FixityCheck
from catalog.models.groups import NearGroup
from catalog.models.holds import ReviewHold
from catalog.models.idempotency import IdempotencyKey
from catalog.models.images import Image, ImageFile
from catalog.models.knowledge import KnowledgeBase, KnowledgeEntry
from catalog.models.membership import Membership
from catalog.models.packages import Package
from catalog.models.photo_groups import PhotoGroup
from catalog.models.prompts import Prompt, PromptVersion
from catalog.models.readings import Reading
from catalog.models.reviewing import DraftsShown, Redraft, ReviewSettings
from catalog.models.runs import Run
from catalog.models.secrecy import SecrecyMark
from catalog.models.table_imports import TableImport, TableImportChunk
from catalog.models.webhooks import WebhookDelivery, WebhookEndpoint, WebhookEvent

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
    "Conflict",
    "ControlUnit",
    "DraftsShown",
    "Examination",
    "ExaminedImage",
    "Export",
    "ExportPart",
    "ExportPreset",
    "FixityCheck",
    "IdempotencyKey",
    "Image",
    "ImageFile",
    "KnowledgeBase",
    "KnowledgeEntry",
    "Membership",
    "NearGroup",
    "Package",
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
    "TableImport",
    "TableImportChunk",
    "WebhookDelivery",
    "WebhookEndpoint",
    "WebhookEvent",
]
