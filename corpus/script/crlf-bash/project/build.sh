#!/bin/bash
echo "assets are built"
