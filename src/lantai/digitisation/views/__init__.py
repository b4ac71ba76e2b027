"""Views of digitisation, a module a subject."""
