"""Which tenant pages belong to accounts?"""

from django.urls import path

from accounts import views

urlpatterns = [path("audit/", views.audit, name="audit")]
