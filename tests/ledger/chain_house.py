"""A chain of our own: eth-tester's EVM behind a small JSON-RPC server on this machine."""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

from eth.exceptions import PyEVMError
from eth_tester.exceptions import TransactionFailed
from eth_utils import ValidationError
from web3 import EthereumTesterProvider, Web3
from web3.exceptions import TransactionNotFound, Web3Exception
from web3.types import RPCEndpoint

# py_ecc raises it to 100,000 for all of this process: the C stack ends before, and deeply nested JSON kills it.
sys.setrecursionlimit(1000)


class TestChain:
    """The chain itself. Of a method *refuse* says whether the server fails before it is carried out, *lose* after."""

    __test__ = False

    def __init__(self) -> None:
        provider = EthereumTesterProvider()
        self.web3, self.tester = Web3(provider), provider.ethereum_tester
        self.refuse: Callable[[str], bool] = lambda _method: False
        self.lose: Callable[[str], bool] = lambda _method: False
        self.asked: list[str] = []

    def fund(self, account: str) -> None:
        """Give *account* what its fees cost."""
        first = self.web3.eth.accounts[0]
        self.web3.eth.send_transaction({"from": first, "to": account, "value": Web3.to_wei(1, "ether")})

    def sent_by(self, account: str) -> int:
        """How many transactions of *account* stand in the chain."""
        return self.web3.eth.get_transaction_count(account, "latest")

    def answer(self, method: str, params: list[Any]) -> Any:
        self.asked.append(method)
        try:
            return _plain(self.web3.manager.request_blocking(RPCEndpoint(method), params))
        except TransactionNotFound:
            return None


def _plain(value: Any) -> Any:
    """*value* as JSON-RPC writes it."""
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return value
    if isinstance(value, int):
        return hex(value)
    if isinstance(value, bytes):
        return "0x" + value.hex()
    if isinstance(value, (list, tuple)):
        return [_plain(each) for each in value]
    return {name: _plain(each) for name, each in dict(value).items()}


@contextmanager
def chain_running() -> Iterator[tuple[TestChain, str]]:
    """A chain, and the address where it is asked."""
    chain = TestChain()

    class Asked(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            if chain.refuse(asked["method"]):
                self.send_error(503)
                return
            answer: dict[str, Any] = {"jsonrpc": "2.0", "id": asked["id"]}
            try:
                answer["result"] = chain.answer(asked["method"], asked["params"])
            except (Web3Exception, TransactionFailed, ValidationError, PyEVMError, ValueError) as error:
                answer["error"] = {"code": -32000, "message": str(error)}
            if chain.lose(asked["method"]):
                self.close_connection = True
                return
            body = json.dumps(answer).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_words: object) -> None:
            return

    server = HTTPServer(("127.0.0.1", 0), Asked)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield chain, f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
