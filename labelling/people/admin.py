from django.contrib import admin
from django.contrib.auth.admin import UserAdmin

from labelling.people.models import Membership, User


class MembershipInline(admin.TabularInline[Membership, User]):
    model = Membership
    extra = 0


@admin.register(User)
class PersonAdmin(UserAdmin[User]):
    list_display = ("username", "pseudonym", "simulated", "is_active", "last_login")
    readonly_fields = ("pseudonym", "last_login", "date_joined")
    inlines = (MembershipInline,)

    @admin.display(boolean=True)
    def simulated(self, user: User) -> bool:
        return user.simulated


@admin.register(Membership)
class MembershipAdmin(admin.ModelAdmin[Membership]):
    list_display = ("user", "campaign", "role", "created_at")
    list_filter = ("role", "campaign")
    list_select_related = ("user",)
