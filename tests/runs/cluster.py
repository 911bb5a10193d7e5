"""A Slurm cluster of one controller and two nodes of one core, all on this machine, for tests and for the bench."""

import os
import signal
import socket
import subprocess
import time

CONF = """ClusterName=gyre
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={port}
AuthType=auth/munge
AuthInfo=socket={here}/munge.socket
SlurmUser=root
SlurmdUser=root
StateSaveLocation={here}/state
SlurmdSpoolDir={here}/spool-%n
SlurmctldPidFile={here}/slurmctld.pid
SlurmdPidFile={here}/slurmd-%n.pid
SlurmctldLogFile={here}/slurmctld.log
SlurmdLogFile={here}/slurmd-%n.log
ProctrackType=proctrack/pgid
TaskPlugin=task/none
MpiDefault=none
SwitchType=switch/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
ReturnToService=2
SlurmdTimeout=10
SchedulerParameters=sched_interval=2
NodeName=g1 NodeHostname={host} NodeAddr=127.0.0.1 Port={port1} CPUs=1
NodeName=g2 NodeHostname={host} NodeAddr=127.0.0.1 Port={port2} CPUs=1
PartitionName=main Nodes=ALL Default=YES MaxTime=INFINITE State=UP
"""
NEEDED = ("munged", "slurmctld", "slurmd", "sbatch", "squeue", "scancel")


def free_ports(count):
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


class Cluster:
    """munged, slurmctld and two slurmd, in the foreground, with all of their files in `here`."""

    def __init__(self, here):
        self.here = here
        os.makedirs(f"{here}/state")
        os.chmod(here, 0o755)
        with open(f"{here}/munge.key", "wb") as key:
            key.write(os.urandom(1024))
        os.chmod(f"{here}/munge.key", 0o600)
        port, port1, port2 = free_ports(3)
        with open(f"{here}/slurm.conf", "w", encoding="utf-8") as conf:
            conf.write(CONF.format(host=socket.gethostname().split(".")[0], here=here, port=port, port1=port1, port2=port2))
        self.env = dict(os.environ, SLURM_CONF=f"{here}/slurm.conf")
        self.daemons = {}
        self.start("munged", "munged", "--force", "--foreground", *(f"--{name}-file={here}/munged.{name}" for name in
                                                                    ("pid", "log", "seed")),
                   f"--key-file={here}/munge.key", f"--socket={here}/munge.socket")
        self.wait(lambda: os.path.exists(f"{here}/munge.socket"))
        self.start("slurmctld", "slurmctld", "-D")
        for node in ("g1", "g2"):
            self.start(node, "slurmd", "-D", "-N", node)
        self.wait(lambda: self.states() == ["idle", "idle"])

    def start(self, name, *words):
        self.daemons[name] = subprocess.Popen(words, env=self.env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def asked(self, *words):
        return subprocess.run(words, env=self.env, capture_output=True, text=True, timeout=30).stdout

    def states(self):
        return sorted(self.asked("sinfo", "--noheader", "--Node", "--format=%t").split())

    @staticmethod
    def wait(ready, seconds=40):
        end = time.monotonic() + seconds
        while not ready():
            if time.monotonic() > end:
                raise AssertionError("the cluster does not do what it is waited for")
            time.sleep(0.2)

    def kill_node(self, name):
        """The daemon, and what it had started, as when a machine loses its power."""
        for listing in os.listdir("/proc"):
            try:
                with open(f"/proc/{listing}/cmdline", "rb") as file:
                    command = file.read()
                with open(f"/proc/{listing}/environ", "rb") as file:
                    environ = file.read().split(b"\0")
            except OSError:
                continue
            own = f"SLURM_CONF={self.here}/slurm.conf".encode() in environ
            if own and f"SLURMD_NODENAME={name}".encode() in environ and b"gyre" in command:
                os.kill(int(listing), signal.SIGKILL)
        self.daemons[name].kill()
        self.daemons[name].wait()

    def use(self, node, on):
        """Whether the node takes jobs."""
        words = ("state=resume",) if on else ("state=drain", "reason=bench")
        self.asked("scontrol", "update", f"nodename={node}", *words)
        self.wait(lambda: self.states().count("idle") >= (2 if on else 1))

    def stop(self):
        self.asked("scancel", "--user=root")
        for daemon in reversed(self.daemons.values()):
            daemon.terminate()
            try:
                daemon.wait(10)
            except subprocess.TimeoutExpired:
                daemon.kill()
                daemon.wait()
