from django.apps import AppConfig


class DashboardConfig(AppConfig):
    name = "labelling.dashboard"
    label = "dashboard"
