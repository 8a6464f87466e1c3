"""wechatpayv3, driven from the tests: one line of JSON in, one line out.

The library only knows the platform's own address; its private attribute is the one thing that is
changed about it, before it makes its first call. Everything it decides is its own: what is signed, what
is believed, what is refused. Notifications are sealed and signed with its own primitives and those of
the `cryptography` package.
"""

import base64
import hashlib
import json
import os
import sys
import time
import uuid

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from wechatpayv3 import WeChatPay, WeChatPayType
from wechatpayv3.core import Core
from wechatpayv3.type import RequestType
from wechatpayv3.utils import aes_decrypt, load_private_key, rsa_sign

GATEWAY = os.environ["SAOMA_GATEWAY"]

# A data descriptor: what the constructor assigns goes nowhere.
Core._gate_way = property(lambda core: GATEWAY, lambda core, value: None)

clients = {}


def open_client(name, settings):
    clients[name] = WeChatPay(wechatpay_type=WeChatPayType.NATIVE, **settings)


def call(name, method, arguments):
    return answered(*getattr(clients[name], method)(**arguments))


def request(name, method, path, body):
    """For what the library has no call of its own: signed and verified by it as any other."""
    return answered(*clients[name]._core.request(path, method=RequestType[method], data=body))


def answered(status, body):
    # What says nothing of its kind comes as bytes, if any.
    if isinstance(body, bytes) and body:
        return {"status": status, "bytes": base64.b64encode(body).decode()}
    return {"status": status, "text": body or ""}


def certificates(name):
    """Fetches, opens and keeps the platform's certificates; answers the serials that are kept."""
    core = clients[name]._core
    core._update_certificates()
    return ["%X" % certificate.serial_number for certificate in core._certificates]


def callback(name, headers, body):
    return clients[name].callback(headers, body)


def encrypt(name, text):
    return clients[name]._core.encrypt(text)


def decrypt(name, text):
    return clients[name].decrypt(text)


def letter(key_pem, api_v3_key, serial, event, resource):
    """A notification as the platform sends it."""
    nonce, original_type = uuid.uuid4().hex[:12], event.split(".")[0].lower()
    sealed = AESGCM(api_v3_key.encode()).encrypt(
        nonce.encode(), json.dumps(resource, ensure_ascii=False).encode(), original_type.encode()
    )
    body = json.dumps({
        "id": str(uuid.uuid4()),
        "create_time": time.strftime("%Y-%m-%dT%H:%M:%S+08:00", time.gmtime(time.time() + 28800)),
        "resource_type": "encrypt-resource",
        "event_type": event,
        "summary": "通知",
        "resource": {
            "original_type": original_type,
            "algorithm": "AEAD_AES_256_GCM",
            "ciphertext": base64.b64encode(sealed).decode(),
            "associated_data": original_type,
            "nonce": nonce,
        },
    })
    timestamp, nonce = str(int(time.time())), uuid.uuid4().hex
    lines = "%s\n%s\n%s\n" % (timestamp, nonce, body)
    headers = {
        "Content-Type": "application/json",
        "Wechatpay-Timestamp": timestamp,
        "Wechatpay-Nonce": nonce,
        "Wechatpay-Signature": rsa_sign(load_private_key(key_pem), lines),
        "Wechatpay-Signature-Type": "WECHATPAY2-SHA256-RSA2048",
        "Wechatpay-Serial": serial,
    }
    return {"headers": headers, "body": body}


def unseal(name, sealed, encrypted_key, nonce):
    """A file under a key of its own, which came encrypted for the merchant."""
    return aes_decrypt(nonce, sealed, "", clients[name].decrypt(encrypted_key))


def sha1(data):
    return hashlib.sha1(base64.b64decode(data)).hexdigest()


COMMANDS = {
    "open_client": open_client,
    "call": call,
    "request": request,
    "certificates": certificates,
    "callback": callback,
    "encrypt": encrypt,
    "decrypt": decrypt,
    "letter": letter,
    "unseal": unseal,
    "sha1": sha1,
}

for line in sys.stdin:
    name, arguments = json.loads(line)
    try:
        answer = {"answer": COMMANDS[name](*arguments)}
    except Exception as error:
        answer = {"refused": "%s: %s" % (type(error).__name__, error)}
    print(json.dumps(answer), flush=True)
