from django.urls import path

from labelling.dashboard import (
    guideline_views,
    loop_views,
    model_views,
    quality_views,
    question_views,
    views,
    void_views,
)

urlpatterns = [
    path("models/", model_views.models, name="models"),
    path("campaigns/", views.campaigns, name="campaigns"),
    path("campaigns/<slug:campaign>/", views.overview, name="overview"),
    path("campaigns/<slug:campaign>/next-round/", loop_views.next_round, name="next-round"),
    path("campaigns/<slug:campaign>/next-round/<int:job>/", loop_views.next_round_state, name="next-round-state"),
    path("campaigns/<slug:campaign>/jobs/", views.jobs, name="jobs"),
    path("campaigns/<slug:campaign>/jobs/<int:job>/stop/", views.job_stop, name="job-stop"),
    path("campaigns/<slug:campaign>/references/", views.references, name="references"),
    path("campaigns/<slug:campaign>/references/decide/", views.references_decide, name="references-decide"),
    path("campaigns/<slug:campaign>/questions/", question_views.questions, name="questions"),
    path(
        "campaigns/<slug:campaign>/questions/<int:question>/reply/",
        question_views.question_reply,
        name="question-reply",
    ),
    path("campaigns/<slug:campaign>/voids/", void_views.voids, name="voids"),
    path("campaigns/<slug:campaign>/voids/make/", void_views.void_make, name="void-make"),
    path("campaigns/<slug:campaign>/voids/<int:void>/reverse/", void_views.void_undo, name="void-undo"),
    path("campaigns/<slug:campaign>/guidelines/", guideline_views.guideline_versions, name="guideline-versions"),
    path("campaigns/<slug:campaign>/raters/", quality_views.raters, name="raters"),
    path("campaigns/<slug:campaign>/raters/act/", quality_views.rater_act, name="rater-act"),
    path("campaigns/<slug:campaign>/golds/", quality_views.golds, name="golds"),
    path("campaigns/<slug:campaign>/golds/<int:gold>/act/", quality_views.gold_act, name="gold-act"),
    path("campaigns/<slug:campaign>/annotations/", quality_views.annotations, name="annotations"),
    path(
        "campaigns/<slug:campaign>/annotations/<int:annotation>/gold/",
        quality_views.annotation_to_gold,
        name="annotation-to-gold",
    ),
]
