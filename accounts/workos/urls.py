"""Which addresses are there only with WorkOS?"""

from django.urls import path

from accounts.workos import views

urlpatterns = [
    path("login/", views.sign_in, name="account_login"),
    path("logout/", views.sign_out, name="account_logout"),
    path("workos/callback/", views.callback, name="workos_callback"),
    path("workos/events/", views.webhook, name="workos_events"),
]
