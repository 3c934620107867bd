# Kills the coach, once it has written down what became of another answer.
import os
import re
import signal
import time

while "links" not in open("@LOG@").read():
    time.sleep(0.01)
coach = os.getppid()
above = re.search(r"PPid:\s*(\d+)", open(f"/proc/{coach}/status").read()).group(1)
os.kill(int(above), signal.SIGKILL)
