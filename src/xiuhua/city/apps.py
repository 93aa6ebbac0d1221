"""The admin pages as Django finds them."""

from __future__ import annotations

from django.contrib.admin.apps import AdminConfig


class HouseAdminConfig(AdminConfig):
    """Django's, with the house's own door."""

    default_site = "xiuhua.city.admin_pages.HouseAdmin"
