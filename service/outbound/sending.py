"""One try to send a message: over HTTP to the very address that was looked at, or by mail over TLS.

    outcome = await send(due, settings)

A receiver has twenty seconds, and has taken a message where it answers 2xx. What else it says is not read.
"""

import asyncio
import smtplib
import ssl
import time
from email.message import EmailMessage
from email.utils import formatdate
from urllib.parse import unquote, urlsplit

import httpx

from ubora.service.outbound.addresses import AddressError, UnknownHostError, check_url, resolved
from ubora.service.outbound.outbox import Due, Outcome
from ubora.service.outbound.signing import signed
from ubora.service.settings import Settings

SECONDS = 20.0
GONE = 410
"""Nobody is there any more, and says so."""


async def send(due: Due, settings: Settings) -> Outcome:
    """What became of it; never raises for what a receiver or the network does."""
    if due.url is None:
        return await asyncio.to_thread(_mail, due, settings)
    try:
        async with asyncio.timeout(SECONDS):
            status = await _post(due, due.url, settings)
    except UnknownHostError:
        return Outcome(None, "unknown-host")
    except AddressError:
        return Outcome(None, "not-allowed")
    except TimeoutError:
        return Outcome(None, "no-answer")
    except httpx.TimeoutException:
        return Outcome(None, "no-answer")
    except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
        return Outcome(None, "no-encryption" if _is_of_tls(error) else "no-connection")
    if 200 <= status < 300:
        return Outcome(status, None)
    return Outcome(status, "gone" if status == GONE else "refused", final=status == GONE)


async def _post(due: Due, url: str, settings: Settings) -> int:
    check_url(url, settings)
    asked = httpx.URL(url)
    address = await resolved(asked.host, asked.port or (443 if asked.scheme == "https" else 80), settings)
    body = due.body.encode()
    headers = signed(due.id, int(time.time()), body, due.secrets)
    headers |= {"Content-Type": "application/json", "User-Agent": "Ubora", "Host": asked.netloc.decode()}
    # The certificate is still held against the name.
    more = {"sni_hostname": asked.host} if asked.scheme == "https" else {}
    transport = httpx.AsyncHTTPTransport(verify=ssl.create_default_context(), trust_env=False)
    async with (
        httpx.AsyncClient(transport=transport, timeout=SECONDS) as client,
        client.stream(
            "POST", asked.copy_with(host=address), content=body, headers=headers, extensions=more
        ) as answer,
    ):
        return answer.status_code


def _mail(due: Due, settings: Settings) -> Outcome:
    if settings.smtp_url is None or settings.mail_from is None:
        return Outcome(None, "no-mail", final=True)
    subject, _, text = due.body.partition("\n")
    message = EmailMessage()
    message["From"], message["To"] = settings.mail_from, ", ".join(settings.mail_to)
    message["Subject"], message["Date"] = subject, formatdate(usegmt=True)
    # The same for every try: a mailbox that had it already knows it again.
    message["Message-ID"] = f"<{due.id}@{settings.mail_from.rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(text)
    try:
        with _server(settings.smtp_url) as server:
            server.send_message(message)
    except smtplib.SMTPResponseException as error:
        return Outcome(error.smtp_code, "refused")
    except smtplib.SMTPNotSupportedError:
        return Outcome(None, "no-encryption")
    except TimeoutError:
        return Outcome(None, "no-answer")
    except (smtplib.SMTPException, OSError) as error:
        return Outcome(None, "no-encryption" if _is_of_tls(error) else "no-connection")
    return Outcome(None, None)


def _server(url: str) -> smtplib.SMTP:
    """Logged in, and never without encryption."""
    parts = urlsplit(url)
    host, context = parts.hostname or "", ssl.create_default_context()
    server: smtplib.SMTP
    if parts.scheme == "smtps":
        server = smtplib.SMTP_SSL(host, parts.port or 465, timeout=SECONDS, context=context)
    else:
        server = smtplib.SMTP(host, parts.port or 587, timeout=SECONDS)
    try:
        if parts.scheme == "smtp":
            server.starttls(context=context)
        if parts.username:
            server.login(unquote(parts.username), unquote(parts.password or ""))
    except BaseException:
        server.close()
        raise
    return server


def _is_of_tls(error: BaseException | None) -> bool:
    """Whether a certificate was not believed, or the like."""
    while error is not None:
        if isinstance(error, ssl.SSLError):
            return True
        error = error.__cause__ or error.__context__
    return False
