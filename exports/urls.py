from django.urls import path

from exports import views

urlpatterns = [
    path("snapshots/", views.campaigns, name="datasets"),
    path("campaigns/<slug:campaign>/snapshots/", views.snapshots, name="snapshots"),
    path("campaigns/<slug:campaign>/snapshots/make/", views.snapshot_make, name="snapshot-make"),
    path("campaigns/<slug:campaign>/snapshots/<slug:snapshot>/", views.snapshot, name="snapshot"),
]
