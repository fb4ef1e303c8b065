"""The first lines that a newcomer sees: where things are and what to try."""

from __future__ import annotations

import shlex

from mmcore import __version__
from mmcore.config import Settings

# The password that development.ini gives away; others are not printed.
_PUBLIC_PASSWORD = "restpass"


def rest_url(settings: Settings) -> str:
    """The root of the REST API."""
    web = settings.webservice
    return f"{'https' if web.use_https else 'http'}://{web.hostname}:{web.port}/3.1"


def public_pages(settings: Settings) -> str:
    """Where readers find the public pages, and where they are served if that is elsewhere."""
    public = settings.public
    served = f"http://{public.hostname}:{public.port}"
    if public.url.rstrip("/") in ("", served):
        return served
    return f"{public.url} (served on {served})"


def credentials(settings: Settings) -> str:
    """User and password of the REST API; a password that is secret is not shown."""
    web = settings.webservice
    shown = web.admin_pass if web.admin_pass in ("", _PUBLIC_PASSWORD) else "(hidden)"
    return f"{web.admin_user}:{shown}"


def places(settings: Settings) -> str:
    """Where REST, LMTP, public pages, outgoing mail and logs are, and a command to try."""
    mta, web = settings.mta, settings.webservice
    if mta.outgoing == "maildir":
        mail = f"caught in the maildir {settings.paths.caught_dir}"
    else:
        mail = f"sent to {mta.smtp_host}:{mta.smtp_port} (SMTP)"
    if settings.devmode.enabled:
        mail += f", all of it for {settings.devmode.recipient}"
    pages = (
        f"\n  public pages   {public_pages(settings)}" if settings.runners["public"].start else ""
    )
    user = web.admin_user if web.admin_pass != _PUBLIC_PASSWORD else credentials(settings)
    return f"""\
mmcore {__version__}
  REST API       {rest_url(settings)}
  LMTP           {mta.lmtp_host}:{mta.lmtp_port}{pages}
  outgoing mail  {mail}
  logs           {settings.paths.log_dir}
Next, try:
  curl -u {shlex.quote(user)} {rest_url(settings)}/system/versions"""


class Announcer:
    """Prints the places once REST and LMTP answer."""

    def __init__(self, settings: Settings, runners: set[str]) -> None:
        self._settings = settings
        self._awaited = runners & {"rest", "lmtp"}

    def ready(self, name: str) -> None:
        """A runner has reported that it serves."""
        if name not in self._awaited:
            return
        self._awaited.discard(name)
        if not self._awaited:
            try:
                print(places(self._settings), flush=True)
            except BrokenPipeError:
                # Nobody listens any more; that is no reason to end.
                return
