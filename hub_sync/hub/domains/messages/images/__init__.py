"""Images of mail templates: received, decoded, written anew, and embedded in mails."""
