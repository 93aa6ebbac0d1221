"""Other systems: orders of a hotline, a district, other departments in, our answers back."""
