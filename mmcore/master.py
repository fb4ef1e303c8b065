"""`mmcore-master`: starts, watches, restarts and stops all processes of a site.

It imports the code of the runners once and forks them without exec: they start
at once and share its memory (docs/decisions/0002).  Signals: SIGTERM and SIGINT
stop everything, SIGHUP reopens the logs, SIGUSR1 stops everything and starts
over with the code and the configuration that are there by then.
"""

from __future__ import annotations

import gc
import importlib
import logging
import os
import signal
import sys
from collections.abc import Sequence
from contextlib import suppress
from functools import partial

import click
import setproctitle

from mmcore import __version__, logs
from mmcore.app import find_parts, find_runners
from mmcore.config import Settings, find_config, load
from mmcore.database import embedded, preload
from mmcore.errors import ConfigurationError, MMCoreError
from mmcore.processes.banner import Announcer
from mmcore.processes.child import RunnerSpec, quieten, run_runner
from mmcore.processes.fork import MASTER_SIGNALS
from mmcore.processes.lock import UMASK, MasterLock
from mmcore.processes.policy import RestartPolicy
from mmcore.processes.supervisor import Child, Supervisor
from mmcore.processes.trial import try_to_build
from mmcore.settings_checks import check_key_files
from mmcore.storage_server import serve_zeo

log = logging.getLogger("mmcore.master")

#: What children import when they open the site: the tree, the REST API.
SHARED = ("resources.root", "resources.evolve", "resources.wsgi")


def wanted_slices(settings: Settings, names: Sequence[str]) -> list[RunnerSpec]:
    """The slices to serve: those named, else those of every runner with start = yes.

    A bare name stands for all its configured slices.  Raises ConfigurationError.
    """
    specs = [RunnerSpec.parse(name) for name in names]
    if not specs:
        specs = [RunnerSpec(name) for name, runner in settings.runners.items() if runner.start]
    slices = []
    for text, spec in zip(names or [spec.name for spec in specs], specs, strict=True):
        if ":" in text:
            slices.append(spec)
            continue
        instances = settings.runners[spec.name].instances
        slices += [RunnerSpec(spec.name, number, instances) for number in range(instances)]
    return slices


class Master:
    """One master, from taking the lock to giving it back."""

    def __init__(
        self,
        settings: Settings,
        specs: Sequence[RunnerSpec],
        restart: bool = True,
        verbose: bool = False,
    ) -> None:
        self.settings = settings
        self.verbose = verbose
        self.specs = specs
        self._supervisor = Supervisor(
            self._children(),
            restart=restart,
            refresh=self._refresh,
            may_restart=self._configuration_is_sound,
            ready=Announcer(settings, {spec.name for spec in specs}).ready,
        )
        self._lock = MasterLock(settings)

    @property
    def starting_over(self) -> bool:
        """Whether the master ended in order to be started again."""
        return self._supervisor.starting_over

    def run(self, force: bool) -> int:
        """Serve until told to stop; returns the exit status.

        Raises MasterLockError, ConfigurationError.
        """
        # From here to the loop of the supervisor a signal would leave the lock behind.
        signal.pthread_sigmask(signal.SIG_BLOCK, MASTER_SIGNALS)
        self._lock.acquire(force)
        pid_file = self.settings.paths.pid_file
        try:
            logs.configure(self.settings, self.verbose)
            self._import_runners()
            # It is there when nothing can keep us from starting any more.
            pid_file.write_text(f"{os.getpid()}\n", encoding="ascii")
            self.settings.report_ready = self._supervisor.report_ready
            log.info("mmcore %s starts, pid %d", __version__, os.getpid())
            status = self._supervisor.run()
            log.info("mmcore has stopped")
            return status
        finally:
            with suppress(FileNotFoundError):
                pid_file.unlink()
            self._lock.release()

    def _children(self) -> list[Child]:
        children = []
        if embedded(self.settings):
            policy = RestartPolicy(self.settings.database.max_restarts)
            children.append(Child("zeo", self._serve_zeo, policy, is_server=True))
        for spec in self.specs:
            policy = RestartPolicy(self.settings.runners[spec.name].max_restarts)
            children.append(Child(str(spec), partial(self._run, spec), policy))
        return children

    def _serve_zeo(self) -> int:
        setproctitle.setproctitle("mmcore: zeo")
        return serve_zeo(self.settings, partial(self.settings.report_ready, "zeo"))

    def _run(self, spec: RunnerSpec) -> int:
        return run_runner(self.settings, spec.name, spec.slice_, spec.range_, under_master=True)

    def _import_runners(self) -> None:
        """Import what the children need, and keep their copies of it shared.

        Raises ConfigurationError when a runner does not exist.
        """
        known = find_runners(self.settings)
        for name in {spec.name for spec in self.specs} - known.keys():
            raise ConfigurationError(
                f"there is no runner {name!r} to start; there are: {', '.join(sorted(known))}"
            )
        preload(self.settings)
        for module in SHARED:
            importlib.import_module(module)
        gc.collect()
        # The collector of a child would write into every object it looks at.
        gc.freeze()

    def _refresh(self) -> bool:
        return self._lock.refresh()

    def _configuration_is_sound(self) -> bool:
        """Whether a start would succeed with the ini file as it is now."""
        if self.settings.source is None:
            return True
        try:
            settings = load(self.settings.source)
            check_key_files(settings)
            try_to_build(settings)
        except ConfigurationError as error:
            log.error("not restarting, the configuration is wrong: %s", error)
            return False
        return True


def _start_over() -> None:
    """Become a new master: same pid and command line, new code and configuration."""
    # Signals that arrive meanwhile wait until the new master listens.
    signal.pthread_sigmask(signal.SIG_BLOCK, MASTER_SIGNALS)
    logging.shutdown()
    sys.stdout.flush()
    os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("-c", "-C", "--config", metavar="FILE", help="The ini file.")
@click.option("-f", "--force", is_flag=True, help="Break a lock that no living master holds.")
@click.option("-n", "--no-restart", is_flag=True, help="Do not restart runners that end.")
@click.option(
    "-r", "--runner", "runners", multiple=True, metavar="NAME[:SLICE:RANGE]",
    help="Start this runner instead of the configured ones; may be repeated.",
)  # fmt: skip
@click.option("-v", "--verbose", is_flag=True, help="Log everything, also to standard error.")
@click.version_option(__version__, prog_name="mmcore-master")
def command(
    config: str | None, force: bool, no_restart: bool, runners: tuple[str, ...], verbose: bool
) -> None:
    """Run a whole mailing-list engine in the foreground."""
    os.umask(UMASK)
    quieten()
    setproctitle.setproctitle("mmcore: master")
    try:
        settings = load(find_config(config))
        settings.ensure_dirs()
        check_key_files(settings)
        # Imported here, so that the trial and all children share it.
        find_parts(settings)
        try_to_build(settings)
        master = Master(settings, wanted_slices(settings, runners), not no_restart, verbose)
        status = master.run(force)
    except MMCoreError as error:
        raise click.ClickException(str(error)) from error
    if master.starting_over:
        _start_over()
    sys.exit(status)


def main() -> None:
    """Entry point of `mmcore-master`."""
    command()


if __name__ == "__main__":
    main()
