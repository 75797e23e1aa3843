#!/bin/sh
export LAB_ENTRYPOINT=ran
exec "$@"
