from django.apps import AppConfig


class RatingConfig(AppConfig):
    name = "labelling.rating"
    label = "rating"
