"""Which tenant pages belong to accounts?"""

from django.urls import path

from accounts import acting, views

urlpatterns = [
    path("audit/", views.audit, name="audit"),
    path("members/support-access/", acting.support_access_choose, name="support_access_choose"),
]
