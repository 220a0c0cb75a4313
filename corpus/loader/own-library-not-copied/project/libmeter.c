int meter_version(void) { return 14; }
