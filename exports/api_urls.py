from django.urls import path

from exports import api

urlpatterns = [
    path("campaigns/<slug:campaign>/snapshots/", api.snapshots, name="api-snapshots"),
    path("campaigns/<slug:campaign>/snapshots/build/", api.build, name="api-snapshot-make"),
    path("campaigns/<slug:campaign>/snapshots/builds/<int:job>/", api.build_state, name="api-snapshot-build"),
    path("campaigns/<slug:campaign>/snapshots/<slug:snapshot>/", api.snapshot, name="api-snapshot"),
    path(
        "campaigns/<slug:campaign>/snapshots/<slug:snapshot>/files/<path:path>",
        api.snapshot_file,
        name="api-snapshot-file",
    ),
]
