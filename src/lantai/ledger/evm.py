"""An EVM chain as the ledger meets it: send 39 bytes in a transaction to ourselves, find it again. Needs ``web3``.

Only this module imports ``web3`` (the extra "evm"), and it is imported only where a chain is asked: an archive without
it runs as ever.
"""

from __future__ import annotations

import http.client
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from eth_account import Account
from hexbytes import HexBytes
from web3 import Web3
from web3.exceptions import TransactionNotFound, Web3Exception
from web3.middleware import ExtraDataToPOAMiddleware
from web3.providers import JSONBaseProvider
from web3.types import RPCEndpoint, RPCResponse, TxParams

from lantai.ledger.calling import post_once
from lantai.ledger.chains import ChainFailed, Found, Signed

# What web3 imports raises it to 100,000 for the whole process: the C stack ends before that, and a stranger's deeply
# nested JSON would kill it. This is Python's own.
sys.setrecursionlimit(1000)


class Chain:
    """The chain behind the JSON-RPC *address*. Every call raises ChainFailed where that fails."""

    def __init__(self, address: str) -> None:
        self._web3 = Web3(_Provider(address))
        self._web3.middleware_onion.inject(ExtraDataToPOAMiddleware, layer=0)  # chains of known validators

    def sign(self, *, key: bytes, data: bytes) -> Signed:
        """A transaction of nothing from the account of *key* to itself that carries *data*, not sent yet."""
        account = Account.from_key(key)
        with _told():
            eth, chain = self._web3.eth, self._web3.eth.chain_id
            wanted: TxParams = {
                "from": account.address,
                "to": account.address,
                "value": Web3.to_wei(0, "wei"),
                "data": HexBytes(data),
            }
            made = {
                **wanted,
                "gas": eth.estimate_gas(wanted),
                **self._fees(),
                "nonce": eth.get_transaction_count(account.address, "pending"),
                "chainId": chain,
            }
            signed = account.sign_transaction(made)
        return Signed(chain, signed.hash.to_0x_hex(), account.address, bytes(signed.raw_transaction))

    def _fees(self) -> TxParams:
        """What is offered: twice the base fee of the newest block, or the price the chain names where it has none."""
        base = self._web3.eth.get_block("latest").get("baseFeePerGas")
        if base is None:
            return {"gasPrice": self._web3.eth.gas_price}
        tip = self._web3.eth.max_priority_fee
        return {"maxFeePerGas": Web3.to_wei(2 * base + tip, "wei"), "maxPriorityFeePerGas": tip}

    def send(self, signed: Signed) -> None:
        """Hand the transaction to the chain; one it has already is no failure."""
        with _told():
            self._web3.eth.send_raw_transaction(HexBytes(signed.raw))

    def find(self, transaction: str) -> Found | None:
        """The transaction as the chain has it now; None where it knows none of that hash."""
        with _told():
            try:
                sent = self._web3.eth.get_transaction(HexBytes(transaction))
            except TransactionNotFound:
                return None
            number, data, chain = sent.get("blockNumber"), bytes(sent["input"]), self._web3.eth.chain_id
            if number is None:
                return Found(chain, data)
            block, head = self._web3.eth.get_block(number), self._web3.eth.block_number
        at = datetime.fromtimestamp(block["timestamp"], UTC)
        return Found(chain, data, number, block["hash"].to_0x_hex(), at, max(0, head - number))


def account_of(key: bytes) -> str:
    """The address (0x…) of the account of *key*: what a chain must give its fees to."""
    return str(Account.from_key(key).address)


class _Provider(JSONBaseProvider):
    """JSON-RPC by the ledger's own call: no redirect, limited in time and size."""

    def __init__(self, address: str) -> None:
        super().__init__()
        self._address = address

    def make_request(self, method: RPCEndpoint, params: Any) -> RPCResponse:
        body = self.encode_rpc_request(method, params)
        status, _kind, reply = post_once(address=self._address, body=body, content_type="application/json")
        if status != 200:
            raise ChainFailed(f"the chain answered {status}")
        return self.decode_rpc_response(reply)


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except (Web3Exception, OSError, http.client.HTTPException, ValueError, KeyError, TypeError) as error:
        raise ChainFailed(f"{type(error).__name__}: {error}"[:300]) from error
