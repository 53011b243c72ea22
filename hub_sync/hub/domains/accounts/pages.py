"""The console's pages about people: the way in, one's own account, and everybody's."""

from hub_sync.hub.console import N_, PageRouter
from hub_sync.hub.domains.accounts.own_account import pages as own_account_pages
from hub_sync.hub.domains.accounts.sign_in import pages as sign_in_pages
from hub_sync.hub.domains.accounts.users import pages as user_pages

router = PageRouter()
for _part in (sign_in_pages, own_account_pages, user_pages):
    router.include_router(_part.router)

REFUSALS = (
    N_("E-mail address or password is wrong."),
    N_("That code is not right, or was used already."),
    N_("That is not your password."),
    N_("Many people sign in just now. Try again in a moment."),
    N_("That took too long: sign in again."),
    N_("A password has at least 12 characters (and at most 1024)."),
    N_("A password has at least 5 different characters."),
    N_("A password is not the e-mail address."),
    N_("There is an account for this address already."),
    N_("That role has permissions that you don't hold yourself."),
    N_("Somebody has to be able to manage this organisation: make another one first."),
    N_("The account is deactivated: activate it first."),
    N_("The account was changed meanwhile; read it again."),
    N_("Your password was changed meanwhile."),
    N_("This link was used, or its time is over. Ask your administrator for a new one."),
    N_("This link was used just now. Ask your administrator for a new one."),
    N_("A second factor is set up already: switch it off first."),
    N_("A second factor is set up already."),
    N_("Begin with the set-up first."),
    N_("There is no second factor."),
    N_("Send the header X-CSRF-Token with the session's token: reload the page, and try again."),
)
"""What accounts refuse with, for the catalogues; pages translate it as they show it."""
