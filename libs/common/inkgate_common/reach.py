"""Why a server cannot be had, in words for whoever deploys: which setting is wrong, or what does not answer.

aiokafka tells its log why each broker was of no use, and its caller only that none was; asyncpg tells the cause, but not of
which server or setting. `postgresql` words an error; `kafka` asks again, as aiokafka does, and looks at what happens.
"""

import asyncio
import socket
import ssl
from collections.abc import Sequence
from typing import Any

import asyncpg
from aiokafka.conn import AIOKafkaConnection, collect_hosts, create_conn
from aiokafka.errors import (
    IllegalSaslStateError,
    KafkaConnectionError,
    KafkaError,
    SaslAuthenticationFailed,
    UnsupportedSaslMechanismError,
)
from aiokafka.protocol.admin import SaslHandShakeRequest
from aiokafka.protocol.metadata import MetadataRequest
from sqlalchemy import make_url

from inkgate_common.clock import Clock
from inkgate_common.errors import CertificateRefused, NoSuchDatabase, OtherProtocol, SignInRefused, Unreachable
from inkgate_common.settings import KafkaSettings

# For one broker, and for all that `kafka` asks.
ANSWER_WITHIN_S = 3.0
ALL_WITHIN_S = 10.0
# While a client of Kafka's fails again and again.
LOOK_EVERY_S = 10.0
TELL_EVERY_S = 60.0


async def kafka(settings: KafkaSettings) -> Unreachable | None:
    """Why Kafka cannot be had; None where it can. Takes ALL_WITHIN_S at most.

    One broker of the bootstrap list that lets us in is enough. Else a refusal tells more than silence.
    """
    found: list[Unreachable] = []
    try:
        async with asyncio.timeout(ALL_WITHIN_S):
            for host, port, _ in collect_hosts(settings.kafka_bootstrap, randomize=False):
                try:
                    await _has_a_way_in(settings, host, port)
                    return None
                except Unreachable as trouble:
                    found.append(trouble)
    except TimeoutError:
        found.append(Unreachable(f"Kafka at {settings.kafka_bootstrap} does not answer (INKGATE_KAFKA_BOOTSTRAP)"))
    return next((trouble for trouble in found if trouble.refused), found[0] if found else None)


async def _has_a_way_in(settings: KafkaSettings, host: str, port: int) -> None:
    """Sign in at a broker of the list, and at one that it names: clients talk to those. Raises Unreachable."""
    where = f"Kafka at {host}:{port}"
    brokers = await _ask(settings, host, port, f"{where} (INKGATE_KAFKA_BOOTSTRAP)")
    named = [(each[1], each[2]) for each in brokers if (each[1], each[2]) != (host, port)]
    if len(named) < len(brokers):
        return
    trouble: Unreachable | None = None
    for other, its_port in named:
        try:
            await _ask(settings, other, its_port, f"{other}:{its_port}, where {where} says that a broker is,")
            return
        except Unreachable as error:
            trouble = trouble or error
    if trouble is not None:
        raise type(trouble)(f"{trouble}; look at Kafka's advertised.listeners") from None


async def _ask(settings: KafkaSettings, host: str, port: int, where: str) -> Sequence[Sequence[Any]]:
    """Which brokers there are: (id, host, port, …). Raises Unreachable; `where` are the words for host and port."""
    try:
        connection = await _connected(host, port, settings.client_options())
    except (OSError, KafkaError) as error:
        raise await _refused(settings, host, port, where, error) from error
    try:
        brokers: Sequence[Sequence[Any]] = (await connection.send(MetadataRequest([]))).brokers
        return brokers
    except (OSError, KafkaError) as error:
        raise await _turned_away(settings, host, port, where, error) from error
    finally:
        connection.close()


async def _connected(host: str, port: int, options: dict[str, Any]) -> AIOKafkaConnection:
    options = {name: value for name, value in options.items() if name != "bootstrap_servers"}
    return await create_conn(host, port, **options, request_timeout_ms=int(ANSWER_WITHIN_S * 1000))


async def _refused(settings: KafkaSettings, host: str, port: int, where: str, error: Exception) -> Unreachable:
    """What it means that a broker did not let us in."""
    match error:
        case SaslAuthenticationFailed():
            said = error.args[0] if error.args else error.description
            return SignInRefused(
                f"{where} does not let {settings.kafka_sasl_username!r} sign in by {settings.kafka_sasl_mechanism} "
                f"(INKGATE_KAFKA_SASL_USERNAME, INKGATE_KAFKA_SASL_PASSWORD): {said}"
            )
        case UnsupportedSaslMechanismError():
            return SignInRefused(
                f"{where} knows no sign-in by {settings.kafka_sasl_mechanism} (INKGATE_KAFKA_SASL_MECHANISM)"
            )
        case IllegalSaslStateError():
            return OtherProtocol(f"{where} asks nobody to sign in, {_and_we(settings)}")
        case ssl.SSLCertVerificationError():
            named = "INKGATE_KAFKA_SSL_CAFILE" + ("" if settings.kafka_ssl_cafile else ", which is not set")
            return CertificateRefused(f"the certificate of {where} is not trusted: {error.verify_message} ({named})")
        case socket.gaierror() | ConnectionRefusedError() | TimeoutError():
            return Unreachable(f"{where} does not answer: {_words(error)}")
    if settings.kafka_security_protocol.endswith("SSL"):
        if await _speaks(host, port, {"security_protocol": "PLAINTEXT"}):
            return OtherProtocol(f"{where} does not talk TLS, {_and_we(settings)}")
        # An alert. In TLS 1.3 the server looks at our certificate after the handshake, and tells with its first answer.
        alert = error.__cause__ if isinstance(error, KafkaConnectionError) else error
        if isinstance(alert, ssl.SSLError):
            return CertificateRefused(
                f"{where} ends TLS with: {_words(alert)}; does it ask for a certificate of ours "
                "(INKGATE_KAFKA_SSL_CERTFILE, INKGATE_KAFKA_SSL_KEYFILE)?"
            )
    elif await _speaks(host, port, _any_tls()):
        return OtherProtocol(f"{where} talks TLS, {_and_we(settings)}")
    return Unreachable(f"{where} breaks the connection off: {_words(error)}; is it Kafka's port?")


async def _turned_away(settings: KafkaSettings, host: str, port: int, where: str, error: Exception) -> Unreachable:
    """What it means that a broker told its versions and then broke off."""
    if not settings.kafka_security_protocol.startswith("SASL"):
        mechanisms = await _mechanisms(settings, host, port)
        if mechanisms:
            return OtherProtocol(f"{where} asks to sign in by {' or '.join(mechanisms)}, {_and_we(settings)}")
    return Unreachable(f"{where} breaks the connection off: {_words(error)}")


def _and_we(settings: KafkaSettings) -> str:
    return f"and INKGATE_KAFKA_SECURITY_PROTOCOL is {settings.kafka_security_protocol}"


def _any_tls() -> dict[str, Any]:
    """For a question that has no secret in it: whoever answers."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return {"security_protocol": "SSL", "ssl_context": context}


async def _speaks(host: str, port: int, options: dict[str, Any]) -> bool:
    """Whether a broker answers this way."""
    try:
        connection = await _connected(host, port, options)
    except (OSError, KafkaError):
        return False
    connection.close()
    return True


async def _mechanisms(settings: KafkaSettings, host: str, port: int) -> Sequence[str]:
    """How a broker wants us to sign in; empty where it does not."""
    try:
        connection = await _connected(host, port, settings.client_options())
        try:
            answer = await connection.send(SaslHandShakeRequest(""))
            return tuple(answer.enabled_mechanisms)
        finally:
            connection.close()
    except (OSError, KafkaError):
        return ()


class Watch:
    """What becomes of one client of Kafka's that is made anew whenever it fails: told at once, when the reason changes, and
    every TELL_EVERY_S; and when it is back. `log` is the logger of whoever has the client."""

    def __init__(self, settings: KafkaSettings, clock: Clock, log: Any) -> None:
        self._settings = settings
        self._clock = clock
        self._log = log
        self._failed_s: float | None = None
        self._look_s = self._tell_s = 0.0
        self._tries = 0
        self._told = ""
        self.trouble: Unreachable | None = None
        """Why it failed, as far as that could be told."""

    async def failed(self, event: str, error: BaseException) -> None:
        """It failed once more; `event` are the words for that."""
        now_s = self._clock.monotonic()
        if self._failed_s is None:
            self._failed_s, self._look_s, self._tell_s = now_s, now_s, now_s
        self._tries += 1
        if now_s >= self._look_s:
            self._look_s = now_s + LOOK_EVERY_S
            self.trouble = await kafka(self._settings)
        reason = str(self.trouble or "")
        if now_s >= self._tell_s or reason != self._told:
            self._tell_s, self._told = now_s + TELL_EVERY_S, reason
            more = {"reason": reason} if reason else {}
            self._log.warning(event, error=type(error).__name__, tries=self._tries, **more)

    def well(self) -> None:
        """It came through."""
        if self._failed_s is not None:
            self._log.info(
                "Kafka is back", after_s=round(self._clock.monotonic() - self._failed_s, 1), tries=self._tries
            )
        self._failed_s, self._tries, self._told, self.trouble = None, 0, "", None


def postgresql(url: str, error: Exception) -> Exception:
    """An error that connecting to the database of `url` raised, in words that name server and setting; itself where it is
    clear (too many connections, a server that is just starting). Never with the password."""
    target = make_url(url)
    where = f"PostgreSQL at {target.host}:{target.port or 5432}"
    setting = "(INKGATE_DATABASE_URL)"
    match error:
        case asyncpg.InvalidAuthorizationSpecificationError():
            return SignInRefused(f"{where} does not let {target.username!r} sign in {setting}: {error}")
        case asyncpg.InsufficientPrivilegeError():
            return SignInRefused(
                f"{where} does not let {target.username!r} into {target.database!r} {setting}: {error}"
            )
        case asyncpg.InvalidCatalogNameError():
            return NoSuchDatabase(f"{where} has no database {target.database!r} {setting}")
        case ssl.SSLCertVerificationError():
            return CertificateRefused(
                f"the certificate of {where} is not trusted: {error.verify_message} (sslrootcert and sslmode in "
                "INKGATE_DATABASE_URL)"
            )
        case ConnectionError() if type(error) is ConnectionError:  # asyncpg's own, where TLS was asked for and refused
            return OtherProtocol(f"{where} does not talk TLS, and sslmode in INKGATE_DATABASE_URL asks for it")
        case FileNotFoundError():
            return Unreachable(
                f"{where}: no such file, be it a socket or what sslrootcert, sslcert or sslkey name {setting}"
            )
        case OSError():
            return Unreachable(f"{where} does not answer: {_words(error)} {setting}")
    return error


def _words(error: BaseException) -> str:
    match error:
        case socket.gaierror():
            return "there is no such name"
        case ConnectionRefusedError():
            return "connection refused"
        case TimeoutError():
            return "nothing comes back"
        case ssl.SSLError(reason=str(reason)):
            return reason.lower().replace("_", " ")
    return str(error) or type(error).__name__
