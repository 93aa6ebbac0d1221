from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class Command(AppConfig):
    name = "xiuhua.city.command"
    label = "command"
    verbose_name = _("Command")
    default_auto_field = "django.db.models.BigAutoField"
