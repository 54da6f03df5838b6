"""What a server is started with."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass, field

MEGABYTE = 1_000_000


@dataclass(frozen=True)
class Limits:
    """What one student may take, 0 for no limit: tokens computed a minute, tokens of a text, requests under way at once."""

    tokens_a_minute: int = 30_000
    tokens_a_text: int = 8_192
    requests_at_once: int = 4


@dataclass(frozen=True)
class Settings:
    """What each replica needs to know. `model` as ModelSession takes it; `cache_bytes` bounds the keys and values of all texts together.

    `round_tokens`: how many tokens go through the model in one forward, shared among those who wait; 0 is 64 on a CPU, 2,048 else.
    `threads` of torch a replica, 0 for the machine's cores shared among the replicas.
    """

    model: str | None = None
    replicas: int = 1
    gpus: float = 0
    device_map: str = ""
    dtype: str = ""
    threads: int = 0
    round_tokens: int = 0
    students_at_once: int = 64
    cache_bytes: int = 2_000 * MEGABYTE
    limits: Limits = field(default_factory=Limits)


@dataclass(frozen=True)
class Lock:
    """The class's token, as a digest: the token itself is nowhere kept. An empty digest lets everybody in."""

    digest: str = ""

    @classmethod
    def of(cls, token: str | None) -> Lock:
        """The lock that this token opens."""
        return cls(_digest(token) if token else "")

    def opens(self, token: str | None) -> bool:
        """Whether a token is the class's, in a time that does not tell how much of it is right."""
        return not self.digest or hmac.compare_digest(_digest(token or ""), self.digest)


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
