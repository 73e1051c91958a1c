from django.apps import AppConfig


class PeopleConfig(AppConfig):
    name = "labelling.people"
    label = "people"
