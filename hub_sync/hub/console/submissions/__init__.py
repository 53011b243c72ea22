"""What happens to a sent form: who it belongs to, how its input is kept, merged and confirmed, and that it acts once."""
