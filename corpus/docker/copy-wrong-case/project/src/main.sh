cat settings.json
