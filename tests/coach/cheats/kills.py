# Kills the coach, when it has written down what came of the others.
import os
import re
import signal

while open("@LOG@").read().count("\n") < 8:
    pass
coach = os.getppid()
above = re.search(r"PPid:\s*(\d+)", open(f"/proc/{coach}/status").read()).group(1)
os.kill(int(above), signal.SIGKILL)
