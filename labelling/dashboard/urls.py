from django.urls import path

from labelling.dashboard import views

urlpatterns = [
    path("campaigns/", views.campaigns, name="campaigns"),
    path("campaigns/<slug:campaign>/", views.overview, name="overview"),
    path("campaigns/<slug:campaign>/references/", views.references, name="references"),
    path("campaigns/<slug:campaign>/references/decide/", views.references_decide, name="references-decide"),
]
