from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("catalog", "0012_fixity")]

    operations = [
        migrations.AddField(
            model_name="collection",
            name="number_pattern",
            field=models.CharField(
                blank=True,
                help_text="如 {全宗号}-{保管期限}-{册号}-{张号:4}；还可以用 {年度} 和 {序号}，冒号后面是位数。",
                max_length=100,
                verbose_name="编号规则",
            ),
        ),
    ]
