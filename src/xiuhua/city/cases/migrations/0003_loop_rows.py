"""What stood in classes becomes rows of the standard; steps become a chain."""

from typing import Any

from django.db import migrations


def rows(apps: Any, _editor: object) -> None:
    from xiuhua.city.cases.history import chained

    Case, CaseClass, CaseStep, Standard = (
        apps.get_model("cases", name) for name in ("Case", "CaseClass", "CaseStep", "Standard")
    )
    for of in CaseClass.objects.all():
        Standard.objects.create(
            code=f"{of.code}-0", case_class=of, condition_zh=f"告警：{of.zh}",
            condition_en=f"Alert: {of.en}", clock="urgent", amount=of.limit_minutes,
            closing_zh=of.closing_zh, closing_en=of.closing_en, team_kind=of.team_kind,
        )
    for case in Case.objects.select_related("case_class").iterator():
        minutes = case.case_class.limit_minutes
        told = dict(standard_id=f"{case.case_class_id}-0", amount=minutes)
        if case.stage in ("dispatched", "handling", "handled", "inspected"):
            told["handle_by"] = case.due
        Case.objects.filter(pk=case.pk).update(**told)
        before = None
        for step in CaseStep.objects.filter(case=case).order_by("id"):
            before = chained(step, case.number, before)
            CaseStep.objects.filter(pk=step.pk).update(seq=step.seq, mac=step.mac)


class Migration(migrations.Migration):

    dependencies = [("cases", "0002_loop")]
    operations = [migrations.RunPython(rows, migrations.RunPython.noop)]
