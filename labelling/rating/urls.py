from django.urls import path

from labelling.rating import guideline_views, quality_views, question_views, views

urlpatterns = [
    path("", views.home, name="home"),
    path("label/<slug:campaign>/", views.label, name="label"),
    path("screening/<slug:campaign>/again/", quality_views.screening_again, name="screening-again"),
    path("explanations/<slug:campaign>/", quality_views.explanations, name="explanations"),
    path("answers/", question_views.answers, name="answers"),
    path("guidelines/<slug:campaign>/", guideline_views.guidelines, name="guidelines"),
]
