"""Makes a table, and does not get over a date that nobody can read."""

from django.db import migrations, models


def stumble(apps, schema_editor):
    for image in apps.get_model("catalog", "Image").objects.filter(date_unread=True).order_by("-pk"):
        raise ValueError(f"stumbled over {image.date_text}")


class Migration(migrations.Migration):
    initial = True
    dependencies = [("catalog", "0021_dates_read_again")]

    operations = [
        migrations.CreateModel(name="Stone", fields=[("id", models.BigAutoField(primary_key=True))]),
        migrations.RunPython(stumble),
    ]
