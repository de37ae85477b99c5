"""The server's own certificate, made at its first start."""

from __future__ import annotations

import contextlib
import hashlib
import ipaddress
import os
import socket
import ssl
from datetime import datetime, timedelta, timezone
from pathlib import Path

from .settings import Settings


def files(settings: Settings) -> tuple[Path, Path]:
    """Return the files of certificate and key. They are made if none are given and there are none.
    ValueError: only one of them is there.
    """
    if bool(settings.cert) != bool(settings.key):
        raise ValueError("TLS: give certificate and key together")
    if settings.cert:
        return Path(settings.cert), Path(settings.key)
    cert = Path(settings.directory) / "ibrest.crt"
    key = Path(settings.directory) / "ibrest.key"
    if cert.exists() != key.exists():
        raise ValueError(f"TLS: of {cert} and {key} only one is there; remove it, or add the other")
    if not cert.exists():
        make(cert, key, settings)
    return cert, key


def make(cert: Path, key: Path, settings: Settings) -> None:
    """Write a self-signed certificate for this computer's names, and its key (mode 0600)."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

    private = ec.generate_private_key(ec.SECP256R1())
    host = socket.gethostname()
    names = dict.fromkeys(["localhost", host, *settings.hosts, settings.host])
    others: list[x509.GeneralName] = []
    for name in (*names, "127.0.0.1", "::1"):
        try:
            others.append(x509.IPAddress(ipaddress.ip_address(name)))
        except ValueError:
            with contextlib.suppress(ValueError):
                others.append(x509.DNSName(name))
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "ibapi_port rest")])
    now = datetime.now(timezone.utc)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(private.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=825))
        .add_extension(x509.SubjectAlternativeName(dict.fromkeys(others)), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(
            x509.SubjectKeyIdentifier.from_public_key(private.public_key()), critical=False
        )
        .sign(private, hashes.SHA256())
    )
    text = private.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    # O_EXCL: the mode holds from the first byte on, and no other file is written over
    with os.fdopen(os.open(key, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(text)
    cert.write_bytes(made.public_bytes(serialization.Encoding.PEM))


def fingerprint(cert: Path) -> str:
    """Return the SHA-256 fingerprint of a certificate, as openssl and browsers show it."""
    first = cert.read_text(encoding="ascii").split("-----END CERTIFICATE-----")[0]
    der = ssl.PEM_cert_to_DER_cert(f"{first.strip()}\n-----END CERTIFICATE-----\n")
    hexadecimal = hashlib.sha256(der).hexdigest().upper()
    return ":".join(hexadecimal[n : n + 2] for n in range(0, len(hexadecimal), 2))


__all__ = ["files", "fingerprint", "make"]
