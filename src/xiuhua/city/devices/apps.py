from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class Devices(AppConfig):
    name = "xiuhua.city.devices"
    label = "devices"
    verbose_name = _("Devices")
    default_auto_field = "django.db.models.BigAutoField"
