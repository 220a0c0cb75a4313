#!/bin/sh
curl -fsS https://example.org/orders | jq .
