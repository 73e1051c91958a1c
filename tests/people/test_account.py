"""The account page: language, time zone, other sessions; and the language before anybody has signed in."""

from typing import Any

import pytest
from django.conf import settings
from django.http import HttpResponse
from django.test import Client, RequestFactory
from django.utils import timezone, translation

from labelling.people.models import User
from labelling.people.preferences import PreferencesMiddleware, time_zones
from labelling.people.services import user_set_preferences
from tests.conftest import person

pytestmark = pytest.mark.django_db
PAGE = "/account/"


def lang_of(response: Any) -> str:
    text: str = response.content.decode()
    return text.partition('<html lang="')[2].partition('"')[0]


def choose(client: Client, **fields: str) -> Any:
    return client.post(PAGE, {"language": "", "time_zone": ""} | fields)


class TestLanguage:
    def test_without_a_choice_the_browser_s_wish_decides(self, signed_in_rater: Client) -> None:
        assert lang_of(signed_in_rater.get(PAGE)) == "en"
        assert lang_of(signed_in_rater.get(PAGE, headers={"Accept-Language": "de-AT,de;q=0.9,en;q=0.5"})) == "de"

    def test_a_choice_outweighs_the_browser_s_wish_on_every_page(self, signed_in_rater: Client, rater: User) -> None:
        assert choose(signed_in_rater, language="de").status_code == 302
        rater.refresh_from_db()
        assert rater.language == "de"
        for address in (PAGE, "/", "/accounts/logout/"):
            response = signed_in_rater.get(address, headers={"Accept-Language": "en"})
            assert (lang_of(response), response["Content-Language"]) == ("de", "de")

    def test_it_speaks_from_the_api_as_well(self, signed_in_rater: Client, rater: User) -> None:
        user_set_preferences(user=rater, language="de", time_zone="")
        answer = signed_in_rater.post("/api/campaigns/nowhere/claim/", {}, content_type="application/json")
        with translation.override("de"):
            assert answer.json()["message"] == translation.gettext("There is no such campaign.")

    def test_the_choice_holds_for_this_browser_s_sign_in_page_and_for_nobody_else(
        self, signed_in_rater: Client, stranger: User
    ) -> None:
        choose(signed_in_rater, language="de")
        signed_in_rater.logout()
        signed_in_rater.cookies[settings.LANGUAGE_COOKIE_NAME] = "de"  # logout() of the test client drops all
        assert lang_of(signed_in_rater.get("/accounts/login/")) == "de"
        other = Client()
        other.force_login(stranger)
        assert lang_of(other.get(PAGE)) == "en"

    def test_taking_the_choice_back_forgets_the_cookie(self, signed_in_rater: Client) -> None:
        choose(signed_in_rater, language="de")
        assert choose(signed_in_rater).cookies[settings.LANGUAGE_COOKIE_NAME].value == ""
        assert lang_of(signed_in_rater.get(PAGE)) == "en"

    def test_a_language_that_is_no_longer_offered_does_no_harm(self, signed_in_rater: Client, rater: User) -> None:
        user_set_preferences(user=rater, language="tlh", time_zone="")
        assert lang_of(signed_in_rater.get(PAGE)) == "en"

    def test_what_is_not_offered_is_not_stored(self, signed_in_rater: Client, rater: User) -> None:
        for fields in ({"language": "tlh"}, {"time_zone": "Europe/Nowhere"}):
            assert choose(signed_in_rater, **fields).status_code == 200
        rater.refresh_from_db()
        assert (rater.language, rater.time_zone) == ("", "")


class TestBeforeSignIn:
    def test_a_visitor_s_choice_is_kept_in_a_cookie(self, client: Client) -> None:
        response = client.post("/language/", {"language": "de", "next": "/accounts/login/?next=/label/maths/"})
        assert response["Location"] == "/accounts/login/?next=/label/maths/"
        cookie = response.cookies[settings.LANGUAGE_COOKIE_NAME]
        assert (cookie.value, cookie["httponly"], cookie["samesite"]) == ("de", True, "Lax")
        assert lang_of(client.get("/accounts/login/")) == "de"

    @pytest.mark.parametrize("there", ["//evil.example/", "https://evil.example/", "javascript:alert(1)", "evil", ""])
    def test_it_leads_nowhere_else(self, client: Client, there: str) -> None:
        assert client.post("/language/", {"language": "de", "next": there})["Location"] == "/"

    def test_an_unknown_language_sets_nothing(self, client: Client) -> None:
        assert settings.LANGUAGE_COOKIE_NAME not in client.post("/language/", {"language": "tlh"}).cookies

    def test_the_sign_in_page_offers_every_language_in_its_own_words(self, client: Client) -> None:
        page = client.get("/accounts/login/").content.decode()
        assert 'lang="de">Deutsch</button>' in page
        assert 'lang="en" aria-current="true">English</button>' in page


class TestTimeZone:
    def test_it_holds_for_the_request_of_its_person_only(self, rf: RequestFactory, rater: User) -> None:
        user_set_preferences(user=rater, language="", time_zone="Asia/Tokyo")
        request = rf.get("/")
        request.user = rater
        seen = PreferencesMiddleware(lambda _: HttpResponse(timezone.get_current_timezone_name()))(request)
        assert getattr(seen, "content", b"") == b"Asia/Tokyo"
        assert timezone.get_current_timezone_name() == settings.TIME_ZONE

    def test_one_that_is_gone_is_the_server_s(self, signed_in_rater: Client, rater: User) -> None:
        user_set_preferences(user=rater, language="", time_zone="Europe/Atlantis")
        assert signed_in_rater.get(PAGE).status_code == 200

    def test_the_choices_are_places_that_people_know(self) -> None:
        assert "Europe/Berlin" in time_zones()
        assert not any(name.startswith(("Etc/", "posix", "SystemV")) for name in time_zones())


class TestSessions:
    def test_signing_out_elsewhere_ends_every_session_but_this_one(
        self, signed_in_rater: Client, rater: User, stranger: User
    ) -> None:
        elsewhere, other = Client(), Client()
        elsewhere.force_login(rater)
        other.force_login(stranger)
        assert signed_in_rater.post("/account/sign-out-elsewhere/").status_code == 302
        assert signed_in_rater.get(PAGE).status_code == 200
        assert elsewhere.get(PAGE).status_code == 302
        assert other.get(PAGE).status_code == 200
        elsewhere.force_login(User.objects.get(pk=rater.pk))  # and signing in again works
        assert elsewhere.get(PAGE).status_code == 200

    def test_it_is_not_done_by_looking(self, signed_in_rater: Client) -> None:
        assert signed_in_rater.get("/account/sign-out-elsewhere/").status_code == 405


def test_the_page_shows_name_and_pseudonym_to_their_owner_alone(client: Client, rater: User) -> None:
    assert client.get(PAGE)["Location"].startswith("/accounts/login/")
    client.force_login(person("ruth"))
    assert rater.pseudonym not in client.get(PAGE).content.decode()
    client.force_login(rater)
    assert rater.pseudonym in client.get(PAGE).content.decode()
