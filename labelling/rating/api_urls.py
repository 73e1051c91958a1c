from django.urls import path

from labelling.rating import api

urlpatterns = [
    path("campaigns/<slug:campaign>/claim/", api.claim, name="api-claim"),
    path("campaigns/<slug:campaign>/leases/<uuid:lease>/", api.reopen, name="api-reopen"),
    path("campaigns/<slug:campaign>/leases/<uuid:lease>/draft/", api.draft, name="api-draft"),
    path("campaigns/<slug:campaign>/leases/<uuid:lease>/submit/", api.submit, name="api-submit"),
    path("campaigns/<slug:campaign>/leases/<uuid:lease>/skip/", api.skip, name="api-skip"),
]
