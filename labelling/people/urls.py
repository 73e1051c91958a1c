from django.urls import path

from labelling.people import views

urlpatterns = [
    path("account/", views.account, name="account"),
    path("account/sign-out-elsewhere/", views.sign_out_elsewhere, name="sign-out-elsewhere"),
    path("language/", views.language, name="language"),
]
