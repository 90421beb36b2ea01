"""Addresses of the API."""

from rest_framework.routers import SimpleRouter

from catalog.api.annotations import AnnotationViewSet
from catalog.api.audits import AuditViewSet
from catalog.api.batches import BatchViewSet
from catalog.api.collections import CollectionViewSet
from catalog.api.decisions import DecisionViewSet
from catalog.api.exports import ExportViewSet
from catalog.api.files import FileViewSet
from catalog.api.images import ImageViewSet
from catalog.api.memberships import MembershipViewSet
from catalog.api.near_groups import NearGroupViewSet
from catalog.api.photo_groups import PhotoGroupViewSet
from catalog.api.prompts import PromptViewSet
from catalog.api.table_imports import TableImportViewSet

router = SimpleRouter()
router.register("collections", CollectionViewSet, basename="api-collection")
router.register("images", ImageViewSet, basename="api-image")
router.register("files", FileViewSet, basename="api-file")
router.register("annotations", AnnotationViewSet, basename="api-annotation")
router.register("decisions", DecisionViewSet, basename="api-decision")
router.register("near-groups", NearGroupViewSet, basename="api-near-group")
router.register("photo-groups", PhotoGroupViewSet, basename="api-photo-group")
router.register("prompts", PromptViewSet, basename="api-prompt")
router.register("batches", BatchViewSet, basename="api-batch")
router.register("audits", AuditViewSet, basename="api-audit")
router.register("exports", ExportViewSet, basename="api-export")
router.register("imports", TableImportViewSet, basename="api-import")
router.register("memberships", MembershipViewSet, basename="api-membership")

urlpatterns = router.urls
