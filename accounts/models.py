"""Who is a person to sv0, to which tenants do they belong, and where are they signed in?"""

from __future__ import annotations

import uuid
from typing import Any, ClassVar, Self

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.contrib.sessions.backends.base import SessionBase
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models
from django.utils import timezone

from accounts.roles import Role
from tenants.models import FoldedField, TenantModel, TenantQuerySet


class UserManager(BaseUserManager["User"]):
    """Users are known by e-mail address, kept in small letters; they have no password."""

    def create_user(self, email: str, *, name: str = "", **fields: Any) -> User:
        """A new user who signs in by e-mailed code."""
        user = self.model(email=email.lower(), name=name, **fields)
        user.set_unusable_password()
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, **fields: Any) -> User:
        """A new user with every right in the admin. `password` is dropped: nobody signs in with one."""
        fields.pop("password", None)
        return self.create_user(email, is_staff=True, is_superuser=True, **fields)


class User(AbstractBaseUser, PermissionsMixin):
    """A person. The key is a UUID: allauth's staged sign-in can't carry an ObjectId."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    email = models.EmailField(unique=True)
    name = models.CharField(max_length=120, blank=True)
    name_folded = FoldedField(of="name")
    is_staff = models.BooleanField("internal staff", default=False)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    objects: ClassVar[UserManager] = UserManager()

    class Meta:
        db_table = "users"
        ordering = ["email"]
        # MongoDB doesn't use a unique constraint's partial index for plain look-ups.
        indexes = [
            models.Index(fields=["id"], name="user_by_id"),
            models.Index(fields=["email"], name="user_by_email"),
            models.Index(fields=["name_folded", "email"], name="user_by_name"),
            models.Index(fields=["is_active", "email"], name="user_by_activity"),
            models.Index(fields=["is_staff", "email"], name="user_by_staff"),
        ]

    def __str__(self) -> str:
        return self.display_name

    @property
    def display_name(self) -> str:
        """The name, or the e-mail address where no name is known."""
        return self.name or self.email

    @property
    def initials(self) -> str:
        """One or two capitals for a small badge."""
        words = self.display_name.replace("@", " ").replace(".", " ").split()
        return "".join(word[0] for word in words[:2]).upper()


class MembershipQuerySet(TenantQuerySet):
    """Memberships may be asked for by user as well: that is how a person's tenants are found."""

    def of_user(self, user: User) -> MembershipQuerySet:
        """All memberships of one user."""
        return self._permitted().filter(user=user)


class Membership(TenantModel):
    """A user belongs to a tenant, in a role."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    role = models.CharField(max_length=16, choices=[(role.value, role.value) for role in Role], default=Role.ANALYST)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    last_sign_in_at = models.DateTimeField(null=True, editable=False)  # to this tenant
    directory_managed = models.BooleanField(default=False, editable=False)  # as WorkOS said last

    objects: ClassVar[MembershipQuerySet] = MembershipQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        db_table = "memberships"
        constraints = [models.UniqueConstraint(fields=["tenant", "user"], name="one_membership_per_tenant")]
        # MongoDB doesn't use the constraint's partial index for plain look-ups, and this one is made at every request.
        indexes = [models.Index(fields=["tenant", "user"], name="membership_by_user")]

    def __str__(self) -> str:
        return f"{self.user}, {self.role}"


class InvitationQuerySet(TenantQuerySet):
    """Invitations may be asked for by address as well: who signs in for the first time belongs nowhere yet."""

    def open_(self) -> Self:
        """Those that may still be accepted."""
        return self.filter(live=True, expires_at__gt=timezone.now())

    def to(self, email: str) -> Self:
        """All invitations of one address."""
        return self._permitted().filter(email=email)


class Invitation(TenantModel):
    """Somebody may become a member. Open until it is accepted, revoked or past `expires_at`.

    `sent_at` is None while no mail could be handed over; `workos_invitation_id` where WorkOS sends none.
    """

    email = models.EmailField(db_index=True)  # small letters
    role = models.CharField(max_length=16, choices=[(role.value, role.value) for role in Role])
    invited_by = models.CharField(max_length=254)  # name
    workos_invitation_id = models.CharField(max_length=64, null=True)
    # True until accepted or revoked, absent afterwards: the unique partial index allows one to an address.
    live = models.BooleanField(null=True, default=True)
    created_at = models.DateTimeField(default=timezone.now)
    sent_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    objects: ClassVar[InvitationQuerySet] = InvitationQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        db_table = "invitations"
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "email"], condition=models.Q(live=True), name="one_live_invitation_per_address"
            )
        ]
        indexes = [models.Index(fields=["tenant", "live", "email"], name="invitation_by_address")]

    def __str__(self) -> str:
        return self.email


class Session(AbstractBaseSession):
    """One browser's session. It says whose it is, so that a person's sessions can be found and ended."""

    user = models.ForeignKey(User, null=True, on_delete=models.CASCADE, related_name="+")
    organization_id = models.CharField(max_length=64, null=True)  # WorkOS' org_…, which the session is bound to
    workos_session_id = models.CharField(max_length=64, null=True, db_index=True)
    begun_at = models.DateTimeField(null=True)
    seen_at = models.DateTimeField(null=True)  # at most once a minute
    ip = models.CharField(max_length=45, null=True)
    user_agent = models.CharField(max_length=400, null=True)

    class Meta:
        db_table = "sessions"
        # Each request looks its session up: the unique key alone would have MongoDB read all of them.
        indexes = [
            models.Index(fields=["session_key"], name="session_by_key"),
            models.Index(fields=["organization_id"], name="session_by_organization"),
        ]

    def __str__(self) -> str:
        return f"a session of {self.user_id}"  # never the key, which opens it

    @classmethod
    def get_session_store_class(cls) -> type[SessionBase]:
        """What reads and writes it."""
        from accounts.session import SessionStore

        return SessionStore
