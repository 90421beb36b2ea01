"""Addresses of the API."""

from rest_framework.routers import SimpleRouter

from catalog.api.batches import BatchViewSet
from catalog.api.views import AnnotationViewSet, CollectionViewSet, ImageViewSet

router = SimpleRouter()
router.register("collections", CollectionViewSet, basename="api-collection")
router.register("images", ImageViewSet, basename="api-image")
router.register("annotations", AnnotationViewSet, basename="api-annotation")
router.register("batches", BatchViewSet, basename="api-batch")

urlpatterns = router.urls
