from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class Public(AppConfig):
    name = "xiuhua.city.public"
    label = "public"
    verbose_name = _("Public reports")
    default_auto_field = "django.db.models.BigAutoField"
