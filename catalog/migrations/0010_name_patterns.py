from django.db import migrations, models

from catalog.naming import read_naming


def fill_keys(apps, schema_editor):
    """Let the backs and negatives that come in from now on find the fronts that are there already."""
    ImageFile = apps.get_model("catalog", "ImageFile")
    naming = read_naming("")
    changed = []
    for scan in ImageFile.objects.filter(role="front").only("original_name").iterator(chunk_size=2000):
        part = naming.read(scan.original_name)
        if part.role == "front":
            scan.join_key = part.key
            changed.append(scan)
        if len(changed) == 2000:
            ImageFile.objects.bulk_update(changed, ["join_key"])
            changed = []
    ImageFile.objects.bulk_update(changed, ["join_key"])


class Migration(migrations.Migration):
    dependencies = [("catalog", "0009_prompts_with_evidence")]

    operations = [
        migrations.AddField(
            model_name="collection",
            name="name_pattern",
            field=models.TextField(
                blank=True,
                help_text="哪些文件是同一张照片的背面、底片或各页，如“背面：*_v | *背”。“*”代表共有的名称，“#”代表页码。"
                "留空用通行的写法；写“无”则每个文件都算一张照片。",
                verbose_name="命名规则",
            ),
        ),
        migrations.AddField(
            model_name="imagefile",
            name="join_key",
            field=models.CharField(blank=True, default="", editable=False, max_length=600),
            preserve_default=False,
        ),
        migrations.RunPython(fill_keys, migrations.RunPython.noop, elidable=True),
        migrations.AddIndex(
            model_name="imagefile",
            index=models.Index(
                condition=models.Q(("join_key", ""), _negated=True),
                fields=["collection", "join_key"],
                name="imagefile_by_join_key",
            ),
        ),
    ]
