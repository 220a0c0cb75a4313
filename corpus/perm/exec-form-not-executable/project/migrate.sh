#!/bin/sh
echo "3 migrations applied"
