"""Six elements that say what each value rests on, and prompts for the new output forms.

Version 1 of the six elements stays as it is, and stays the current one where an institution has written its own.
"""

from django.db import migrations

ELEMENTS = ["事由", "时间", "地点", "人物", "背景", "摄影者"]
KINDS = ["画面", "题字", "著录", "推测"]
REMARKS = ["优点", "问题", "改正建议"]

SIX_ELEMENTS_TEXT = (
    "请按照片档案著录六要素，以JSON回答，键为：事由、时间、地点、人物、背景、摄影者。"
    "只写画面中看得见的，或者已知信息里写明的；没有依据的写“待考”，不要猜测，尤其不要猜人名。"
    "再以键“依据”写明每一项的依据：看画面得来的写“画面”，从画面或背面的文字抄来的写“题字”，"
    "已知信息里写明的写“著录”，由画面推断的写“推测”；待考的写“推测”。"
)
TITLE_TEXT = (
    "请为这张照片拟一个题名，写明事由、人物、地点、时间中有依据的部分。"
    "只写画面中看得见的，或者已知信息里写明的，不要猜测。只回答题名，不加引号和句号。"
)
FEEDBACK_TEXT = (
    "请评改这张学生图纸，以JSON回答，键为：优点、问题、改正建议，值都是列表，每条一句话。"
    "只写图上看得见的，并说明在图的什么位置；改正建议与问题逐条对应。没有的写空列表。"
)
FREE_TEXT = (
    "请描述这张照片：先写主体和场景，再写人物，最后写画面中的文字和能看出年代的特征。"
    "只写画面中看得见的，或者已知信息里写明的，不要猜测。"
)

SIX_ELEMENTS_SCHEMA = {
    "type": "object",
    "properties": {
        **{key: {"type": "string"} for key in ELEMENTS},
        # Last, so that a model that has never been asked for it still writes the elements as it has learnt them.
        "依据": {
            "type": "object",
            "properties": {key: {"type": "string", "enum": KINDS} for key in ELEMENTS},
            "required": ELEMENTS,
            "additionalProperties": False,
        },
    },
    "required": [*ELEMENTS, "依据"],
    "additionalProperties": False,
}
FEEDBACK_SCHEMA = {
    "type": "object",
    "properties": {key: {"type": "array", "items": {"type": "string"}} for key in REMARKS},
    "required": REMARKS,
    "additionalProperties": False,
}

NEW_PROMPTS = [
    ("title", "题名", "title", 64, None, TITLE_TEXT),
    ("feedback", "图纸评改", "feedback", 512, FEEDBACK_SCHEMA, FEEDBACK_TEXT),
    ("free", "自由描述", "free", 512, None, FREE_TEXT),
]


def ship(apps, schema_editor):
    Prompt = apps.get_model("catalog", "Prompt")
    PromptVersion = apps.get_model("catalog", "PromptVersion")
    shipped = Prompt.objects.filter(slug="six-elements").first()
    if shipped is not None and not PromptVersion.objects.filter(prompt=shipped, number__gt=1).exists():
        PromptVersion.objects.create(
            prompt=shipped,
            number=2,
            text=SIX_ELEMENTS_TEXT,
            form="six_elements",
            schema=SIX_ELEMENTS_SCHEMA,
            max_new_tokens=512,
            with_facts=True,
        )
    for slug, name, form, tokens, schema, text in NEW_PROMPTS:
        if Prompt.objects.filter(slug=slug).exists() or Prompt.objects.filter(name=name).exists():
            continue
        PromptVersion.objects.create(
            prompt=Prompt.objects.create(slug=slug, name=name),
            number=1,
            text=text,
            form=form,
            schema=schema,
            max_new_tokens=tokens,
            with_facts=True,
        )


def withdraw(apps, schema_editor):
    """Take back what nobody has used; what has been answered stands in the way, and is not lost unasked."""
    Prompt = apps.get_model("catalog", "Prompt")
    PromptVersion = apps.get_model("catalog", "PromptVersion")
    PromptVersion.objects.filter(prompt__slug="six-elements", number=2, text=SIX_ELEMENTS_TEXT).delete()
    for slug, _name, _form, _tokens, _schema, text in NEW_PROMPTS:
        PromptVersion.objects.filter(prompt__slug=slug, text=text).delete()
        Prompt.objects.filter(slug=slug, versions__isnull=True).delete()


class Migration(migrations.Migration):
    dependencies = [("catalog", "0008_evidence_and_forms")]

    operations = [migrations.RunPython(ship, withdraw)]
