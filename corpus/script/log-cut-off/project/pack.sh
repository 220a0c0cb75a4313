tar -cf /tables.tar tables
