"""Django's sessions in the database, read by a prepared statement: every request begins with one."""

from typing import Any, Final

from django.contrib.sessions.backends.db import SessionStore as DatabaseStore

from labelling.people.statements import rows

READ: Final = "SELECT session_data FROM django_session WHERE session_key = %(key)s AND expire_date > now()"


class SessionStore(DatabaseStore):
    @classmethod
    def get_model_class(cls) -> Any:
        from django.contrib.sessions.models import Session  # late: this module is read before the apps are

        return Session

    def load(self) -> dict[str, Any]:
        key = self.session_key or ""
        found = rows(READ, {"key": key}) if "\x00" not in key else []
        if not found:
            self._session_key = None
            return {}
        data: dict[str, Any] = self.decode(found[0]["session_data"])
        return data
