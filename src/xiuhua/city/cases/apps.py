from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class Cases(AppConfig):
    name = "xiuhua.city.cases"
    label = "cases"
    verbose_name = _("Cases")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Deadlines follow the calendar."""
        from xiuhua.city.almanac.commands import changed

        from .reckoning import reckon_open

        changed.connect(reckon_open, dispatch_uid="cases")
