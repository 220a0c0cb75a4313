#!/bin/sh
echo "assets are built"
