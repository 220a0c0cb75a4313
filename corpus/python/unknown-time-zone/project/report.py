import os
from datetime import datetime
from zoneinfo import ZoneInfo

print(datetime.now(ZoneInfo(os.environ["REPORT_ZONE"])))
