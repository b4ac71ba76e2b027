"""Addresses of my work, background jobs and notices."""

from django.urls import path

from lantai.work import views

urlpatterns = [
    path("work/", views.work, name="work"),
    path("jobs/", views.jobs, name="jobs"),
    path("jobs/progress/", views.jobs_progress, name="jobs-progress"),
    path("jobs/<uuid:task_id>/", views.job, name="job"),
    path("jobs/<uuid:task_id>/steer/", views.steer, name="job-steer"),
    path("jobs/<uuid:task_id>/retry/", views.retry, name="job-retry"),
    path("selections/<slug:listing>/", views.selection, name="selection"),
    path("bulk/<uuid:order>/", views.bulk, name="bulk"),
    path("views/<int:view>/", views.change_view, name="view"),
    path("views/<slug:listing>/", views.keep_view, name="views"),
    path("notices/", views.notices, name="notices"),
    path("notices/read/", views.notices_read, name="notices-read"),
]
