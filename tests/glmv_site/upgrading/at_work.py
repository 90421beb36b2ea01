"""A day's work in an installation: pages are opened, something is drafted, a reviewer accepts it.

Run as a program with the installation's environment; it prints what came of it, as JSON.
"""

import json
import sys

import django


def main(reviewer: str, password: str) -> None:
    """Work, as somebody.

    Args:
        reviewer: their name.
        password: theirs.
    """
    django.setup()
    from django.test import Client
    from django.urls import reverse

    from catalog.models import Image, PromptVersion, Run
    from catalog.records import annotations

    client = Client(SERVER_NAME="127.0.0.1")
    assert client.login(username=reviewer, password=password, request=client.get("/").wsgi_request)
    undescribed = Image.objects.get(identifier="A-8")
    pages = [
        "/", "/collections/archive/", f"/images/{undescribed.pk}/", "/search/?q=石桥", "/review/", "/ask/", "/history/",
        "/admin/", "/admin/catalog/image/", "/admin/catalog/batch/", "/api/v1/images/", "/api/v1/batches/",
        reverse("admin:catalog_image_change", args=[undescribed.pk]),
    ]  # fmt: skip
    statuses = {page: client.get(page, follow=True).status_code for page in pages}
    run = Run.objects.create(
        image=undescribed, prompt_version=PromptVersion.objects.earliest("pk"), model_name="m", raw_text="新题名"
    )
    (draft,) = annotations.write_drafts(image=undescribed, values={"title": "新题名"}, run=run)
    decision = {"decision": "accept", "field": "title", "annotation": draft.pk, "value": draft.value}
    answer = client.post(reverse("admin:catalog_image_review", args=[undescribed.pk]), decision)
    draft.refresh_from_db()
    undescribed.refresh_from_db()
    told = {"pages": statuses, "answer": answer.status_code, "state": draft.state, "title": undescribed.title}
    print(json.dumps(told))


if __name__ == "__main__":
    main(*sys.argv[1:])
