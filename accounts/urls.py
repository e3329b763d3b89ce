"""Which tenant pages belong to accounts?"""

from django.urls import path

import accounts.converters  # noqa: F401  (registers objectid)
from accounts import acting, members, views

urlpatterns = [
    path("audit/", views.audit, name="audit"),
    path("members/support-access/", acting.support_access_choose, name="support_access_choose"),
    path("members/", members.members, name="members"),
    path("members/invite/", members.member_invite, name="member_invite"),
    path("members/<objectid:pk>/role/", members.member_role, name="member_role"),
    path("members/<objectid:pk>/remove/", members.member_remove, name="member_remove"),
    path("members/invitations/<objectid:pk>/resend/", members.invitation_resend, name="invitation_resend"),
    path("members/invitations/<objectid:pk>/revoke/", members.invitation_revoke, name="invitation_revoke"),
]
