"""requests over a unix socket: whatever goes to http://localhost goes to `path`."""

import socket

import requests
import requests.adapters
import urllib3


class _Connection(urllib3.connection.HTTPConnection):
    path = None

    def _new_conn(self):
        sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        sock.settimeout(self.timeout)
        sock.connect(self.path)
        return sock


class _Pool(urllib3.HTTPConnectionPool):
    ConnectionCls = _Connection


class _Adapter(requests.adapters.HTTPAdapter):
    def __init__(self):
        super().__init__()
        self.pool = _Pool("localhost")

    def get_connection_with_tls_context(self, request, verify, proxies=None, cert=None):
        return self.pool

    def close(self):
        self.pool.close()
        super().close()


def send_all_to(path):
    _Connection.path = str(path)
    made = requests.Session.__init__

    def make(session, *arguments, **named):
        made(session, *arguments, **named)
        session.trust_env = False
        session.mount("http://localhost", _Adapter())

    requests.Session.__init__ = make
