from django.urls import path

from labelling.rating import guideline_views, own_views, quality_views, question_views, views

urlpatterns = [
    path("", views.home, name="home"),
    path("label/<slug:campaign>/", views.label, name="label"),
    path("screening/<slug:campaign>/", quality_views.screening, name="screening"),
    path("screening/<slug:campaign>/again/", quality_views.screening_again, name="screening-again"),
    path("explanations/<slug:campaign>/", quality_views.explanations, name="explanations"),
    path("history/", own_views.history, name="history"),
    path("history/<slug:campaign>/<uuid:lease>/", own_views.own_item, name="own-item"),
    path("progress/", own_views.progress, name="progress"),
    path("answers/", question_views.answers, name="answers"),
    path("guidelines/<slug:campaign>/", guideline_views.guidelines, name="guidelines"),
]
