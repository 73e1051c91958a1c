from django.apps import AppConfig


class ReviewConfig(AppConfig):
    name = "labelling.review"
    label = "review"
