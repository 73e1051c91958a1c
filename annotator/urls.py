"""Every address of the product. Who may see it stands beside it, or on the view; anything unmarked is denied."""

from allauth.account import views as account
from django.contrib import admin
from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView

from labelling.people.access import public, signed_in
from labelling.people.admin_urls import operators_only

handler404 = "labelling.people.errors.not_found"
handler500 = "labelling.people.errors.server_error"
urlpatterns = [
    path("", include("labelling.dashboard.urls")),
    path("", include("exports.urls")),
    path("", include("labelling.rating.urls")),
    path("", include("labelling.people.urls")),
    path("api/", include("exports.api_urls")),
    path("api/", include("labelling.rating.api_urls")),
    path("api/schema/", signed_in(SpectacularAPIView.as_view()), name="schema"),
    path("accounts/login/", public(account.login), name="account_login"),
    path("accounts/logout/", signed_in(account.logout), name="account_logout"),
    path("accounts/signup/", public(account.signup), name="account_signup"),
    path("accounts/password/change/", signed_in(account.password_change), name="account_change_password"),
    path("accounts/inactive/", public(account.account_inactive), name="account_inactive"),
    path("accounts/password/set/", signed_in(account.password_set), name="account_set_password"),
    path("admin/", operators_only(admin.site.urls)),
]
