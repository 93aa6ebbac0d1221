from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class Road(AppConfig):
    name = "xiuhua.city.road"
    label = "road"
    verbose_name = _("Road")
    default_auto_field = "django.db.models.BigAutoField"
