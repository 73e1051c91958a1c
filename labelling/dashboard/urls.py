from django.urls import path

from labelling.dashboard import views, void_views

urlpatterns = [
    path("campaigns/", views.campaigns, name="campaigns"),
    path("campaigns/<slug:campaign>/", views.overview, name="overview"),
    path("campaigns/<slug:campaign>/references/", views.references, name="references"),
    path("campaigns/<slug:campaign>/references/decide/", views.references_decide, name="references-decide"),
    path("campaigns/<slug:campaign>/voids/", void_views.voids, name="voids"),
    path("campaigns/<slug:campaign>/voids/make/", void_views.void_make, name="void-make"),
    path("campaigns/<slug:campaign>/voids/<int:void>/reverse/", void_views.void_undo, name="void-undo"),
]
