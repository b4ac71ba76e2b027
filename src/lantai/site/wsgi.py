"""The entry for the web server."""

import os
from threading import Thread

from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver
from django.utils.module_loading import import_string

from lantai.common.garbage import look_seldom_for_garbage

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lantai.site.settings")
application = get_wsgi_application()
get_resolver().url_patterns  # noqa: B018 - every page and its modules are loaded now, not while the first reader waits
look_seldom_for_garbage()  # going through all that is loaded takes 150 ms, in which a reader waits for a page
Thread(target=import_string("lantai.catalog.viewing.start_viewing"), name="lantai-viewing", daemon=True).start()
