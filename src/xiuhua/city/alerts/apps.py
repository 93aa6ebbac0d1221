from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class Alerts(AppConfig):
    name = "xiuhua.city.alerts"
    label = "alerts"
    verbose_name = _("Alerts")
    default_auto_field = "django.db.models.BigAutoField"
