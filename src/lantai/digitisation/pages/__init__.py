"""What the pages of digitisation show, a module a subject."""
