from django.urls import path

from labelling.rating import views

urlpatterns = [
    path("", views.home, name="home"),
    path("label/<slug:campaign>/", views.label, name="label"),
    path("guidelines/<slug:campaign>/", views.guidelines, name="guidelines"),
]
