import sys

import settings

print(settings.NAME, *sys.argv[1:])
