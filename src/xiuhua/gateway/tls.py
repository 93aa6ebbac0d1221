"""TLS at the doors: our certificate, and the devices' where an authority of theirs is named."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.x509.oid import NameOID


@dataclass(frozen=True, slots=True)
class Tls:
    """Files of PEM. `client_ca` is the authority that signs the devices' certificates: where there
    is one, nobody comes in without a certificate of it."""

    cert: Path
    key: Path
    client_ca: Path | None = None

    def context(self) -> ssl.SSLContext:
        """What the listener needs: TLS 1.2 or newer. Raises OSError (ssl.SSLError is one) for files
        that cannot be read, or do not belong together."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.load_cert_chain(self.cert, self.key)
        if self.client_ca is not None:
            context.load_verify_locations(self.client_ca)
            context.verify_mode = ssl.CERT_REQUIRED
        return context


def named_in(certificate: bytes) -> str:
    """The common name in a certificate (DER), or "" where there is none, or more than one."""
    subject = x509.load_der_x509_certificate(certificate).subject
    names = subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(names[0].value) if len(names) == 1 else ""
