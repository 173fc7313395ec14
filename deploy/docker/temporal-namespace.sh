#!/bin/sh
# Registers Såkorn's namespace. Histories of ended workflows are kept for 30 days: the facts are rows
# in Såkorn's own database, and nothing is read back from a history.
set -eu

temporal operator namespace describe --namespace "$TEMPORAL_NAMESPACE" >/dev/null 2>&1 ||
  temporal operator namespace create --namespace "$TEMPORAL_NAMESPACE" --retention 720h
