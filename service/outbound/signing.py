"""How a message is signed, so that its receiver knows who sent it, when, and that nothing of it was altered.

headers = signed("msg_1", 1790000000, body, [secret])

By Standard Webhooks: HMAC-SHA256 over id, time and body, with a secret that both know. While a secret is
changed, the old one signs beside the new one.
"""

import base64
import hashlib
import hmac
import secrets as random
from collections.abc import Sequence

PREFIX = "whsec_"


def new_secret() -> str:
    """256 random bits."""
    return PREFIX + base64.b64encode(random.token_bytes(32)).decode()


def signed(message: str, timestamp: int, body: bytes, secrets: Sequence[str]) -> dict[str, str]:
    """The headers that go with a body.

    Args:
        message: the same for every try.
        timestamp: of this try, seconds since 1970.
        secrets: each as of `new_secret`.
    """
    content = f"{message}.{timestamp}.".encode() + body
    return {
        "webhook-id": message,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(f"v1,{_mac(one, content)}" for one in secrets),
    }


def _mac(secret: str, content: bytes) -> str:
    key = base64.b64decode(secret.removeprefix(PREFIX))
    return base64.b64encode(hmac.new(key, content, hashlib.sha256).digest()).decode()
