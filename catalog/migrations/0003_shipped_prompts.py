"""The prompts that come with the product, one for each output form."""

from django.db import migrations

SIX_ELEMENTS_TEXT = (
    "请按照片档案著录六要素，以JSON回答，键为：事由、时间、地点、人物、背景、摄影者。"
    "只写画面中看得见的内容，看不出的写“待考”。"
)
SIX_ELEMENTS = ["事由", "时间", "地点", "人物", "背景", "摄影者"]

PROMPTS = [
    ("sentence", "一句话描述", "sentence", 64, None, "请用20字以内描述图中场景、人物和时间特征。"),
    (
        "six-elements",
        "六要素",
        "six_elements",
        256,
        {
            "type": "object",
            "properties": {key: {"type": "string"} for key in SIX_ELEMENTS},
            "required": SIX_ELEMENTS,
            "additionalProperties": False,
        },
        SIX_ELEMENTS_TEXT,
    ),
    ("keywords", "关键词", "keywords", 128, None, "请列出这张照片的关键词，用顿号分隔。"),
    ("transcription", "文字转录", "transcription", 512, None, "请抄录图中的文字，没有文字就回答“无文字”。"),
]


def ship(apps, schema_editor):
    Prompt = apps.get_model("catalog", "Prompt")
    PromptVersion = apps.get_model("catalog", "PromptVersion")
    for slug, name, form, tokens, schema, text in PROMPTS:
        prompt, created = Prompt.objects.get_or_create(slug=slug, defaults={"name": name})
        if created:
            PromptVersion.objects.create(
                prompt=prompt, number=1, text=text, form=form, schema=schema, max_new_tokens=tokens
            )


class Migration(migrations.Migration):
    dependencies = [("catalog", "0002_immutable_rows")]

    operations = [migrations.RunPython(ship, migrations.RunPython.noop)]
