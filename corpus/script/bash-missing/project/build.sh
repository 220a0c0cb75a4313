#!/bin/bash
set -e
echo "assets are built"
