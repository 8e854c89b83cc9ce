"""What is done to the broker and its server. Each makes sure that it can be seen where operators look."""
import dataclasses
import os
import signal
import threading
import time
from typing import Callable

import limit_faults
import machine_faults as machine
import migration_faults as migration
import pause_faults
import power_faults
import restore_faults
import run_dir_faults
import sidecar_faults
import store_faults
import traffic_faults as traffic
import update_faults
from world import CONT, KILL, STOP, TERM, Unmet, wait_gone


@dataclasses.dataclass(frozen=True)
class Fault:
    """`causes`: one of them must be in the black box afterwards; empty: nothing may be. `needs(world)`: why it can't be done here."""
    run: Callable
    weight: int = 4
    causes: tuple = ()
    maybe: bool = False  # an incident may come, and must be one of `causes`
    needs: Callable = lambda world: ""

    @property
    def name(self):
        return self.run.__name__


def kill_server(world):
    world.end_server(KILL)


def kill_server_again_and_again(world):
    """Also while it starts and recovers."""
    for _ in range(world.rng.randint(2, 4)):
        pid = world.signal_server(KILL)
        wait_gone(pid, 5)
        world.up()
        world.see("another server", lambda status: (status.get("server_pid") or pid) != pid)
        time.sleep(world.rng.uniform(0, 0.05))
    world.end_server(KILL)


def freeze_shortly(world):
    pid = world.signal_server(STOP)
    time.sleep(world.rng.uniform(0.1, 1.5))
    os.kill(pid, CONT)


def hang_server(world):
    hangs = world.broker.status()["hangs"]
    world.signal_server(STOP)
    world.see("one hang more", lambda status: status.get("hangs") == hangs + 1)


def stop_server_behind_our_back(world):
    world.end_server(TERM)


def crash_server(world):
    world.end_server(world.rng.choice([signal.SIGABRT, signal.SIGQUIT]))


def segfault_server(world):
    world.end_server(signal.SIGSEGV)


def storm_of_terms(world):
    pid = world.server_pid()
    for _ in range(world.rng.choice([1, 1, 2, 5, 20])):
        if not world.broker.alive():
            break
        world.broker.process.send_signal(world.rng.choice([signal.SIGTERM, signal.SIGINT]))
        time.sleep(world.rng.uniform(0, 0.02))
    code = world.broker.ended(10)  # STOP_TIMEOUT, and a second for us
    if code not in (0, 137):
        raise Unmet(f"TERM ended with exit code {code}")
    wait_gone(pid, 1)


def kill_us(world):
    pid = world.server_pid()
    world.broker.process.kill()
    world.broker.ended(5)
    wait_gone(pid, 10)  # told by the kernel: it stops in order


def storm_of_hups(world):
    pid = world.server_pid()
    for _ in range(50):
        world.broker.process.send_signal(signal.SIGHUP)
        time.sleep(0.01)
    if world.server_pid() != pid:
        raise Unmet("HUP restarted the server")


def storm_of_verbs(world):
    verbs = [world.rng.choice(["/start", "/stop?down", "/reload", "/restart"]) for _ in range(8)]

    def ask(verb):
        world.broker.ask(verb, "POST", 30)  # answers when the state is reached

    threads = [threading.Thread(target=ask, args=(verb,)) for verb in verbs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(35)
    deadline = time.monotonic() + 20
    while not world.broker.ready() and time.monotonic() < deadline:
        world.broker.ask("/start", "POST", 30)
        time.sleep(0.1)


def port_is_taken(world):
    world.down()
    before = world.broker.incidents()
    with traffic.listener(world.broker.port):
        world.up()
        world.see_incident("port_taken", before)
    world.down()
    world.up()


FAULTS = [
    Fault(kill_server, 12, ("signal",)),
    Fault(kill_server_again_and_again, 4, ("signal",)),
    Fault(freeze_shortly, 6),
    Fault(hang_server, 3, ("hung",)),
    Fault(stop_server_behind_our_back, 4, ("stopped_by_others",)),
    Fault(crash_server, 4, ("server_bug", "signal")),
    Fault(segfault_server, 3, ("server_bug", "signal")),
    Fault(storm_of_terms, 6),
    Fault(kill_us, 6),
    Fault(storm_of_hups, 3),
    Fault(storm_of_verbs, 3),
    Fault(port_is_taken, 3, ("port_taken",)),
    Fault(machine.disk_is_full, 3, ("disk_full",), maybe=True, needs=machine.no_disk),
    Fault(machine.disk_is_read_only, 3, ("store",), needs=machine.no_disk),
    Fault(machine.no_descriptors, 3, ("hung", "limits"), maybe=True),
    Fault(machine.no_processes, 3, ("limits", "signal"), needs=machine.no_pids_cgroup),
    Fault(machine.memory_runs_out, 2, ("out_of_memory", "signal"), needs=machine.no_memory_cgroup),
    Fault(machine.fork_fails, 3, ("limits", "signal")),
    Fault(machine.starved_of_cpu, 3, needs=machine.no_cpu_cgroup),
    Fault(machine.clock_jumps, 5),
    Fault(machine.index_is_damaged, 4),
    Fault(machine.stream_is_damaged, 3),
    Fault(machine.half_made_stream, 2),
    Fault(traffic.reader_stalls, 4, ("signal",)),
    Fault(traffic.control_socket_is_abused, 4),
    Fault(traffic.clients_talk_nonsense, 4),
    Fault(update_faults.foreign_updates, 4),
    Fault(restore_faults.restored_by_somebody, 4),
    Fault(pause_faults.paused_stream, 4, ("signal",), maybe=True),
    Fault(power_faults.power_loss, 4, needs=power_faults.no_loop_disk),
    Fault(store_faults.read_only_while_running, 3, needs=store_faults.no_loop_disk),
    Fault(store_faults.io_errors, 3, needs=store_faults.no_loop_disk),
    Fault(store_faults.files_too_large, 2, needs=store_faults.no_limits_of_others),
    Fault(limit_faults.limits_spent, 4),
    Fault(limit_faults.silent_sockets, 3),
    Fault(run_dir_faults.run_dir_cleaned, 4),
    Fault(run_dir_faults.run_dir_full, 3, needs=run_dir_faults.no_disk),
    Fault(migration.migrate_while_others_use_it, 3),
    Fault(migration.migrate_and_interrupt, 4, ("signal",), maybe=True),
    Fault(migration.migrate_beside_sidecar, 2),
    Fault(sidecar_faults.sidecar_beside, 3, ("signal",), maybe=True),
]
