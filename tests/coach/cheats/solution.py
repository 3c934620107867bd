# Starts a program that is right.
import os
import sys

os.execv("@SOLUTION@", ["solution", "forgets-nothing", sys.argv[1]])
