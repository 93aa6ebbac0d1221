from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class Rules(AppConfig):
    name = "xiuhua.city.rules"
    label = "rules"
    verbose_name = _("Rules")
    default_auto_field = "django.db.models.BigAutoField"
