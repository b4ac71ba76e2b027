"""A site of the people's pages, a home, a page one may not leave open for ever, and a page nobody declared."""

from django.http import HttpResponse
from django.urls import include, path

from lantai.administration.models import Role
from lantai.administration.queries.people import display_of, reader_of
from lantai.administration.services.people_access import public, roles, unattended
from lantai.common.navigation import Frame

handler403 = "lantai.common.views.forbidden"


def frame(request):
    person = request.user if request.user.is_authenticated else None
    return Frame(staff=True, language="/language/", **({"preferences": display_of(person)} if person else {}))


@public
def home(request):
    return HttpResponse(f"home of {reader_of(request).role.value}")


@roles(Role.ARCHIVIST)
def desk(request):
    return HttpResponse(repr(reader_of(request)))


@unattended
@roles(Role.ARCHIVIST)
def progress(request):
    return HttpResponse("57 %")


def undeclared(request):
    return HttpResponse("open by mistake")


urlpatterns = [
    path("", home, name="home"),
    path("desk/", desk, name="desk"),
    path("progress/", progress, name="progress"),
    path("undeclared/", undeclared, name="undeclared"),
    path("", include("lantai.administration.urls")),
]
