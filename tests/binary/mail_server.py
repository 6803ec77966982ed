"""A mail server that nobody here wrote (aiosmtpd), on free ports of loopback.

Called with a certificate and its private key, as PEM files. Writes one JSON object a line: where it
listens with STARTTLS and with TLS, then each letter as Python's own reader of mail understands it.
It takes letters only from whoever has signed in, and that only under TLS.
"""

import asyncio
import email
import json
import logging
import ssl
import sys
import warnings
from email import policy

from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword

# Its advice is for servers that are more than a test.
logging.disable()
warnings.simplefilter("ignore")

ACCOUNT = LoginPassword(b"ada", b"pass@word")


def say(value):
    print(json.dumps(value), flush=True)


def authenticate(_server, _session, _envelope, _mechanism, credentials):
    return AuthResult(success=credentials == ACCOUNT, handled=False)


class Handler:
    async def handle_DATA(self, _server, _session, envelope):
        letter = email.message_from_bytes(envelope.content, policy=policy.default)
        say({
            "from": envelope.mail_from,
            "to": envelope.rcpt_tos,
            "headers": {name: letter[name] for name in ["From", "To", "Subject", "Auto-Submitted"]},
            "defects": [str(defect) for defect in letter.defects],
            "text": letter.get_body(["plain"]).get_content(),
            "html": letter.get_body(["html"]).get_content(),
        })
        return "250 taken"


async def main(certificate, key):
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(certificate, key)

    def starttls():
        return SMTP(Handler(), tls_context=tls, require_starttls=True, auth_required=True,
                    authenticator=authenticate)

    def within_tls():
        # It does not see that the connection is encrypted from its first byte.
        return SMTP(Handler(), auth_require_tls=False, auth_required=True,
                    authenticator=authenticate)

    loop = asyncio.get_running_loop()
    servers = [await loop.create_server(starttls, "127.0.0.1", 0),
               await loop.create_server(within_tls, "127.0.0.1", 0, ssl=tls)]
    ports = [server.sockets[0].getsockname()[1] for server in servers]
    say({"starttls": ports[0], "tls": ports[1]})
    await asyncio.gather(*(server.serve_forever() for server in servers))


asyncio.run(main(*sys.argv[1:]))
