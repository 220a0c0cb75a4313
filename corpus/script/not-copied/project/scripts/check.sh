#!/bin/sh
grep -rl welcome "$1"
