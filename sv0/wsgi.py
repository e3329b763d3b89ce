"""What gunicorn serves."""

import gc
import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "sv0.settings")

application = get_wsgi_application()

# What is there now stays: without this the collector goes over all of it at every other large page, 0.1 s each time.
gc.freeze()
