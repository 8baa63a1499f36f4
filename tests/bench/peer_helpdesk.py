"""Run by `tests.bench.peers` with the Python of django-helpdesk: `FOLDER PORT USER PASSWORD`.

Reads the mailbox by the program's own command into SQLite, and prints how many tickets it made in how many seconds.
"""

import sys
import time

import django
from django.conf import settings

folder, port, user, password = sys.argv[1:]
settings.configure(
    SECRET_KEY="bench",
    USE_TZ=True,
    DEFAULT_AUTO_FIELD="django.db.models.AutoField",
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": f"{folder}/helpdesk.db"}},
    MEDIA_ROOT=f"{folder}/media",
    EMAIL_BACKEND="django.core.mail.backends.dummy.EmailBackend",
    ROOT_URLCONF="__main__",
    HELPDESK_TEAMS_MODE_ENABLED=False,
    SITE_ID=1,
    LOGGING_CONFIG=None,
    TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}],
    INSTALLED_APPS=[
        "django.contrib.admin",
        "django.contrib.auth",
        "django.contrib.contenttypes",
        "django.contrib.humanize",
        "django.contrib.messages",
        "django.contrib.sessions",
        "django.contrib.sites",
        "rest_framework",
        "helpdesk",
    ],
)
django.setup()

from django.core.management import call_command  # noqa: E402
from django.urls import include, path  # noqa: E402
from helpdesk.email import process_email  # noqa: E402
from helpdesk.models import Queue, Ticket  # noqa: E402

urlpatterns = [path("", include("helpdesk.urls", namespace="helpdesk"))]
call_command("migrate", verbosity=0)
Queue.objects.create(
    title="Tips",
    slug="tips",
    email_address="tips@meridian.example",
    allow_email_submission=True,
    email_box_type="imap",
    email_box_host="127.0.0.1",
    email_box_port=int(port),
    email_box_user=user,
    email_box_pass=password,
    email_box_imap_folder="INBOX",
    logging_type="none",
)
began = time.perf_counter()
process_email(quiet=True)
print(Ticket.objects.count(), time.perf_counter() - began)
