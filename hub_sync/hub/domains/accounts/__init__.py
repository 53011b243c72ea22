"""People who sign in, their roles and permissions."""

PUBLIC = ("link_mails",)
