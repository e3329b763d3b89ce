"""Which of allauth's decisions about identities are ours?"""

from __future__ import annotations

from typing import Any

from allauth.core.exceptions import ImmediateHttpResponse
from allauth.core.internal import modelkit
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialLogin
from bson import ObjectId
from django.db.models import Model
from django.http import HttpRequest

from accounts.http import client_ip
from accounts.membership import join
from accounts.models import User
from accounts.session import WORKOS
from accounts.workos.admission import NotAdmitted, is_internal, person, place, staff_person, staff_role
from accounts.workos.token import Claims
from accounts.workos.views import refuse
from tenants.audit import Actor


class SocialAccountAdapter(DefaultSocialAccountAdapter):
    """Who comes from WorkOS is admitted by accounts.workos.admission, never by signing up or by connecting."""

    def populate_user(self, _request: HttpRequest, sociallogin: SocialLogin, data: dict[str, Any]) -> User:
        """What a new account would start with."""
        user: User = sociallogin.user
        user.email, user.name = data["email"], data["name"][:120]
        return user

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        """Admit the person into the tenant of the token, or refuse in words."""
        address = sociallogin.email_addresses[0]
        try:
            self._admit(request, sociallogin)
        except NotAdmitted as refusal:
            raise ImmediateHttpResponse(refuse(request, refusal, email=address.email)) from refusal

    def _admit(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        claims = Claims.of(sociallogin.state[WORKOS]["claims"])
        tenant, role = (None, None) if is_internal(claims.org_id) else place(claims)
        if sociallogin.state["organization_id"] not in {None, claims.org_id}:
            raise NotAdmitted("You signed in with another organization than the one asked for.", tenant)
        known = sociallogin.user if sociallogin.is_existing else None
        address = sociallogin.email_addresses[0]
        told = {"email": address.email, "email_verified": address.verified, "name": sociallogin.user.name}
        if tenant is None:
            staff_role(claims)
            user = staff_person(known=known, **told)
        else:
            user = person(tenant=tenant, known=known, **told)
        if known is None:
            sociallogin.user = sociallogin.account.user = user
            sociallogin.account.save()
        if tenant is not None and role is not None:
            join(tenant=tenant, user=user, role=role, actor=_as(user, request))

    # A sign-in that waits for a second factor is kept in the session as JSON, which knows no ObjectId.

    def serialize_instance(self, instance: Model) -> dict[str, Any]:
        """An identity or account as JSON."""
        kept = dict(instance.__dict__)
        try:
            instance.__dict__.update({name: str(id_) for name, id_ in kept.items() if isinstance(id_, ObjectId)})
            plain: dict[str, Any] = modelkit.serialize_instance(instance)
            return plain
        finally:
            instance.__dict__.update(kept)

    def deserialize_instance(self, model: type[Model], data: dict[str, Any]) -> Model:
        """And back."""
        instance: Model = modelkit.deserialize_instance(model, data)
        if isinstance(instance.pk, str) and ObjectId.is_valid(instance.pk):
            instance.pk = ObjectId(instance.pk)
        return instance


def _as(user: User, request: HttpRequest) -> Actor:
    """Who is about to be signed in, for the audit log."""
    ip, request_id = client_ip(request), request.META.get("sv0.request_id")
    return Actor(id=str(user.pk), name=user.display_name, via="web", request_id=request_id, ip=ip)
