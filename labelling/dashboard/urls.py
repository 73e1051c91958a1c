from django.urls import path

from labelling.dashboard import views

urlpatterns = [
    path("campaigns/", views.campaigns, name="campaigns"),
    path("campaigns/<slug:campaign>/", views.overview, name="overview"),
]
