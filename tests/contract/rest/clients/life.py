"""A pot from its creation to its end, by the client that openapi-python-client made: SOCKET as the argument."""

import sys

import httpx
from potd_client import Client
from potd_client.api.life import start_pot, wait_pot
from potd_client.api.look import get_logs
from potd_client.api.pots import create_pot, destroy_pot, get_pot
from potd_client.models import EmptyRequest, Pot, PotSpec, Problem, Run

socket = sys.argv[1]
transport = httpx.HTTPTransport(uds=socket)
with Client(base_url="http://localhost", httpx_args={"transport": transport}, timeout=60) as client:
    made = create_pot.sync(client=client, body=PotSpec(name="by-python", base="host", command=["/bin/echo", "hello"]))
    assert isinstance(made, Pot) and made.name == "by-python", made
    started = start_pot.sync("by-python", client=client, body=EmptyRequest())
    assert isinstance(started, Pot) and started.run is not None, started
    run = wait_pot.sync("by-python", client=client)
    assert isinstance(run, Run) and run.exit_code == 0 and run.ended_at is not None, run
    logs = get_logs.sync("by-python", client=client)
    assert logs == "hello\n", logs
    assert destroy_pot.sync_detailed("by-python", client=client).status_code == 204
    gone = get_pot.sync("by-python", client=client)
    assert isinstance(gone, Problem) and gone.code == "not_found", gone
