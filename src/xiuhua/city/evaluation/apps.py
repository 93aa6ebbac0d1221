from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class Evaluation(AppConfig):
    name = "xiuhua.city.evaluation"
    label = "evaluation"
    verbose_name = _("Evaluation")
    default_auto_field = "django.db.models.BigAutoField"
