"""`mmcore-runner`: one runner in the foreground, without a master."""

from __future__ import annotations

import os
import sys

import click

from mmcore import __version__, logs
from mmcore.app import find_runners
from mmcore.config import find_config, load
from mmcore.errors import MMCoreError
from mmcore.processes.child import RunnerSpec, quieten, run_runner
from mmcore.processes.lock import UMASK


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("-c", "-C", "--config", metavar="FILE", help="The ini file.")
@click.option("-r", "--runner", metavar="NAME[:SLICE:RANGE]", help="The runner to run.")
@click.option("-l", "--list", "show", is_flag=True, help="Print the names of all runners.")
@click.option("-v", "--verbose", is_flag=True, help="Log everything, also to standard error.")
@click.version_option(__version__, prog_name="mmcore-runner")
def command(config: str | None, runner: str | None, show: bool, verbose: bool) -> None:
    """Run one runner until SIGTERM or SIGINT.

    The exit status is 0, or the number of the signal that ended it.
    """
    os.umask(UMASK)
    quieten()
    try:
        settings = load(find_config(config))
        if show:
            for name, cls in sorted(find_runners(settings).items()):
                click.echo(f"{name} runs {cls.__name__}")
            return
        if runner is None:
            raise click.UsageError("Name a runner with -r, or list them with -l.")
        settings.ensure_dirs()
        logs.configure(settings, verbose)
        spec = RunnerSpec.parse(runner)
        status = run_runner(settings, spec.name, spec.slice_, spec.range_)
    except MMCoreError as error:
        raise click.ClickException(str(error)) from error
    sys.exit(status)


def main() -> None:
    """Entry point of `mmcore-runner`."""
    command()


if __name__ == "__main__":
    main()
