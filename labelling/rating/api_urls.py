from django.urls import path

from labelling.rating import api, question_api, turn_api

urlpatterns = [
    path("campaigns/<slug:campaign>/claim/", api.claim, name="api-claim"),
    path("campaigns/<slug:campaign>/leases/<uuid:lease>/", api.reopen, name="api-reopen"),
    path("campaigns/<slug:campaign>/leases/<uuid:lease>/draft/", api.draft, name="api-draft"),
    path("campaigns/<slug:campaign>/leases/<uuid:lease>/submit/", api.submit, name="api-submit"),
    path("campaigns/<slug:campaign>/leases/<uuid:lease>/skip/", api.skip, name="api-skip"),
    path("campaigns/<slug:campaign>/leases/<uuid:lease>/question/", question_api.question, name="api-question"),
    path("campaigns/<slug:campaign>/leases/<uuid:lease>/report/", question_api.report, name="api-report"),
    path("session/", api.session, name="api-session"),
    path("answers/", question_api.answers, name="api-answers"),
    path("answers/read/", question_api.answers_read, name="api-answers-read"),
    path("keys/", question_api.keys, name="api-keys"),
    path("campaigns/<slug:campaign>/leases/<uuid:lease>/turn/", turn_api.turn, name="api-turn"),
]
