from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("catalog", "0023_file_defects")]

    operations = [
        migrations.AddField(
            model_name="reading",
            name="unread",
            field=models.JSONField(default=list, verbose_name="未读出之处"),
        ),
    ]
